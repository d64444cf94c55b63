package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/adapters/k8s/podspec"
	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// SecretState is the result of reading a Secret.
type SecretState struct {
	// State is empty if the Secret was read; otherwise it is StateSecretNotFound or
	// StateAccessDenied.
	State string
	// Keys are the fingerprints of the values, by their keys.
	Keys map[string]rotation.Fingerprint
}

// reference is one of the secrets of a server.
type reference struct {
	target      secret.Target
	secret, key string
	optional    bool
	// state and print are the result of reading the key.
	state       string
	fingerprint rotation.Fingerprint
}

func (r reference) id() string { return r.secret + "/" + r.key }

// references returns the secrets of the server's spec and of its external
// authentication.
func references(in Input) []reference {
	var refs []reference
	for _, s := range in.Server.Spec.Secrets {
		target := secret.Target{Path: s.MountPath}
		if s.MountPath == "" {
			target = secret.Target{Env: s.Target()}
		}
		refs = append(refs, reference{target: target, secret: s.Name, key: s.Key, optional: s.Optional})
	}
	if in.Auth != nil && in.Server.Spec.ExternalAuthConfigRef != nil {
		if ref := in.Auth.Spec.SecretRef(); ref != nil {
			refs = append(refs, reference{target: secret.Target{Env: authVariable(in.Auth)}, secret: ref.Name, key: ref.Key})
		}
	}
	for i := range refs {
		refs[i].state, refs[i].fingerprint = in.Secrets[refs[i].secret].of(refs[i].key)
	}
	return refs
}

// SecretNames returns the names of the Secrets that server and auth refer to, sorted
// and without duplicates. auth may be nil.
func SecretNames(server *v1beta1.MCPServer, auth *v1beta1.MCPExternalAuthConfig) []string {
	var names []string
	for _, r := range references(Input{Server: server, Auth: auth}) {
		names = append(names, r.secret)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s SecretState) of(key string) (string, rotation.Fingerprint) {
	if s.State != "" {
		return s.State, rotation.Fingerprint{}
	}
	if fingerprint, ok := s.Keys[key]; ok {
		return v1beta1.StateResolved, fingerprint
	}
	return v1beta1.StateKeyNotFound, rotation.Fingerprint{}
}

func (r reference) missing() bool { return r.state != v1beta1.StateResolved }

// problem returns what is wrong with the reference, and what to do.
func (r reference) problem(namespace string) string {
	switch r.state {
	case v1beta1.StateSecretNotFound:
		return fmt.Sprintf("the Secret %q does not exist: create it in the namespace %q, with the key %q for %s", r.secret, namespace, r.key, r.target)
	case v1beta1.StateAccessDenied:
		return fmt.Sprintf("the operator may not read the Secret %q, which %s needs: allow its ServiceAccount the verb get", r.secret, r.target)
	}
	return fmt.Sprintf("the Secret %q has no key %q, which %s needs: add it", r.secret, r.key, r.target)
}

func observed(keyID string, refs []reference) rotation.Observed {
	o := rotation.Observed{KeyID: keyID, Refs: map[string]string{}}
	for _, r := range refs {
		o.Refs[r.id()] = rotation.Missing
		if !r.missing() {
			o.Refs[r.id()] = r.fingerprint.Hash
		}
	}
	return o
}

func podSecrets(refs []reference) []podspec.Secret {
	var all []podspec.Secret
	for _, r := range refs {
		all = append(all, podspec.Secret{Name: r.secret, Key: r.key, Target: r.target, Optional: r.optional, Absent: r.missing()})
	}
	return all
}

// unresolved returns the references that keep the server from starting.
func unresolved(refs []reference) []reference {
	return slices.DeleteFunc(slices.Clone(refs), func(r reference) bool { return r.optional || !r.missing() })
}

// joinUpTo joins the first limit of problems, and adds the number of the others.
func joinUpTo(limit int, problems []string) string {
	if len(problems) > limit {
		problems = append(slices.Clone(problems[:limit]), fmt.Sprintf("and %d more", len(problems)-limit))
	}
	return strings.Join(problems, "; ")
}
