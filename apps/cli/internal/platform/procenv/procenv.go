// Package procenv is the environment of this process, and the names in it that thv reads.
package procenv

import (
	"os"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// The variables that thv itself reads.
const (
	PasswordVariable    = "TOOLHIVE_SECRETS_PASSWORD"
	ProviderVariable    = "TOOLHIVE_SECRETS_PROVIDER"
	NoFallbackVariable  = "TOOLHIVE_DISABLE_ENV_FALLBACK"
	TokenVariable       = "OP_SERVICE_ACCOUNT_TOKEN"
	secretsPrefix       = "TOOLHIVE_SECRET_"
	credentialsVariable = "CREDENTIALS_DIRECTORY"
)

// OnePasswordEnviron are what 1Password's SDK is given beside the token: where its
// program may stay, and the way to the network.
var OnePasswordEnviron = []string{
	"XDG_RUNTIME_DIR", "TMPDIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
}

// Environ is the environment that this process was started with. Nothing else
// of the program reads the environment.
type Environ struct {
	all       []string
	vars      map[string]string
	password  secret.Value
	unlocking []string
}

// Capture reads the process's environment and takes the store's password
// out of it, so that nothing that this process starts inherits it.
func Capture() *Environ {
	e := New(os.Environ())
	_ = os.Unsetenv(PasswordVariable)
	return e
}

// New returns an Environ of NAME=VALUE strings.
func New(all []string) *Environ {
	e := &Environ{all: all, vars: make(map[string]string, len(all)), unlocking: []string{PasswordVariable}}
	for _, pair := range all {
		name, value, _ := strings.Cut(pair, "=")
		e.vars[name] = value
	}
	e.password = secret.NewValue([]byte(e.vars[PasswordVariable]))
	delete(e.vars, PasswordVariable)
	return e
}

// Withholding returns a copy of e in which the variables names, in upper case, unlock
// providers too.
func (e *Environ) Withholding(names ...string) *Environ {
	more := *e
	more.unlocking = slices.Concat(e.unlocking, names)
	return &more
}

// Unlocking returns the variables that unlock providers: the store's password, and those
// of Withholding. No workload gets them, unless a secret is bound to one by name.
func (e *Environ) Unlocking() []string { return slices.Clone(e.unlocking) }

// Lookup is os.LookupEnv, without the store's password.
func (e *Environ) Lookup(name string) (string, bool) {
	value, ok := e.vars[name]
	return value, ok
}

// LookupSecret is Lookup for references: what unlocks a provider is no secret to
// be had by one, and so not set.
func (e *Environ) LookupSecret(name string) (string, bool) {
	if slices.Contains(e.unlocking, strings.ToUpper(name)) {
		return "", false
	}
	return e.Lookup(name)
}

// Get is os.Getenv, without the store's password.
func (e *Environ) Get(name string) string { return e.vars[name] }

// Password is the value of PasswordVariable.
func (e *Environ) Password() secret.Value { return e.password }

// CredentialsDirectory returns the directory of this unit's systemd credentials; empty
// outside a unit.
func (e *Environ) CredentialsDirectory() string { return e.vars[credentialsVariable] }

// All is everything, as a program that continues this one needs it.
func (e *Environ) All() []string { return e.all }

// Only returns, as NAME=VALUE, those of the variables that are set.
func (e *Environ) Only(names ...string) []string {
	var kept []string
	for _, name := range names {
		if value, set := e.vars[name]; set {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

// ForWorkload is what a local workload inherits: everything but what unlocks a
// provider or is a secret of one.
func (e *Environ) ForWorkload() []string {
	var kept []string
	for _, pair := range e.all {
		if name, _, _ := strings.Cut(pair, "="); !e.withheld(name) {
			kept = append(kept, pair)
		}
	}
	return kept
}

// LookupForWorkload is Lookup of what ForWorkload returns.
func (e *Environ) LookupForWorkload(name string) (string, bool) {
	if e.withheld(name) {
		return "", false
	}
	return e.Lookup(name)
}

func (e *Environ) withheld(name string) bool {
	upper := strings.ToUpper(name)
	return slices.Contains(e.unlocking, upper) || strings.HasPrefix(upper, secretsPrefix)
}
