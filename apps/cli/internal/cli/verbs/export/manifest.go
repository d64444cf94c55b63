package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	apiVersion = "toolhive.stacklok.dev/v1beta1"
	// maxServerName leaves room for what names of a server's objects add to it.
	maxServerName = 53
)

// text is a string that YAML quotes always, so that no reader of another version
// of YAML takes it for something else.
type text string

// MarshalYAML writes t as a string of JSON, which is one of YAML too.
func (t text) MarshalYAML() ([]byte, error) {
	quoted, err := json.Marshal(string(t))
	return printable.JSON(quoted), err
}

// server is an MCPServer.
type server struct {
	APIVersion string     `yaml:"apiVersion"`
	Kind       string     `yaml:"kind"`
	Metadata   metadata   `yaml:"metadata"`
	Spec       serverSpec `yaml:"spec"`
}

type metadata struct {
	Name      text `yaml:"name"`
	Namespace text `yaml:"namespace,omitempty"`
}

type serverSpec struct {
	Image     text        `yaml:"image"`
	Transport text        `yaml:"transport"`
	ProxyPort int         `yaml:"proxyPort,omitempty"`
	MCPPort   int         `yaml:"mcpPort,omitempty"`
	Args      []text      `yaml:"args,omitempty"`
	Env       []variable  `yaml:"env,omitempty"`
	Secrets   []secretRef `yaml:"secrets,omitempty"`
	Resources *resources  `yaml:"resources,omitempty"`
	// Requirements are checked by the operator before it starts the server.
	Requirements []requirement `yaml:"requirements,omitempty"`
}

type requirement struct {
	Name        text `yaml:"name"`
	Description text `yaml:"description,omitempty"`
	Secret      bool `yaml:"secret,omitempty"`
	Required    bool `yaml:"required,omitempty"`
}

type variable struct {
	Name  text `yaml:"name"`
	Value text `yaml:"value"`
}

type secretRef struct {
	Name          text `yaml:"name"`
	Key           text `yaml:"key"`
	TargetEnvName text `yaml:"targetEnvName,omitempty"`
	MountPath     text `yaml:"mountPath,omitempty"`
}

type resources struct {
	Limits map[string]text `yaml:"limits"`
}

// manifest is an MCPServer, and what it needs beside it.
type manifest struct {
	server  server
	keys    keys
	leftOut []string
}

// newManifest returns the MCPServer for the RunConfig saved under name. Values with one of the
// schemes are references, and those with a scheme that is inCluster refer to Secrets of
// Kubernetes.
func newManifest(name string, spec workload.Spec, schemes []string, inCluster func(scheme string) bool) (*manifest, error) {
	if spec.Image == "" {
		return nil, secret.Usagef("it names no image")
	}
	bindings, err := secret.ParseSystemBindings(spec.Secrets)
	if err != nil {
		return nil, err
	}
	refs, err := workload.References(spec.EnvVars, schemes)
	if err != nil {
		return nil, err
	}
	m := &manifest{leftOut: leftOut(spec)}
	server := serverName(name)
	if server != name {
		m.leftOut = append(m.leftOut, "the name "+name+", which is "+server+" in a cluster")
	}
	m.keys = newKeys(server+"-secrets", inCluster)
	m.server = newServer(server, spec)
	for _, b := range bindings {
		if err := m.bind(b); err != nil {
			return nil, err
		}
		delete(refs, b.Target.Env)
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if err := m.bind(secret.Binding{Ref: refs[name], Target: secret.Target{Env: name}}); err != nil {
			return nil, err
		}
	}
	m.setPlain(spec.EnvVars)
	m.server.Metadata.Namespace = text(m.keys.namespace)
	return m, nil
}

func newServer(name string, spec workload.Spec) server {
	s := server{APIVersion: apiVersion, Kind: "MCPServer", Metadata: metadata{Name: text(name)}}
	s.Spec = serverSpec{Image: text(spec.Image), Transport: text(spec.Transport), ProxyPort: spec.Port, MCPPort: spec.TargetPort}
	if spec.Transport == "" {
		s.Spec.Transport = workload.TransportStdio
	}
	for _, arg := range spec.Command {
		s.Spec.Args = append(s.Spec.Args, text(arg))
	}
	for _, r := range spec.Requirements {
		s.Spec.Requirements = append(s.Spec.Requirements, requirement{text(r.Name), text(r.Description), r.Secret, r.Required})
	}
	limits := map[string]text{}
	if spec.Memory > 0 {
		limits["memory"] = text(strconv.FormatInt(spec.Memory, 10))
	}
	if spec.CPUs > 0 {
		limits["cpu"] = text(fmt.Sprintf("%.0fm", math.Ceil(spec.CPUs*1000)))
	}
	if len(limits) > 0 {
		s.Spec.Resources = &resources{Limits: limits}
	}
	return s
}

func (m *manifest) bind(b secret.Binding) error {
	if b.Target.Path == "" && m.unnamed(b.Target.Env) {
		return nil
	}
	name, key, err := m.keys.of(b.Ref)
	if err != nil {
		return err
	}
	if b.Target.Path != "" && b.Target.Mode != secret.DefaultFileMode {
		m.leftOut = append(m.leftOut, fmt.Sprintf("the mode %04o of %s", b.Target.Mode, b.Target.Path))
	}
	m.server.Spec.Secrets = append(m.server.Spec.Secrets, secretRef{
		Name: text(name), Key: text(key), TargetEnvName: text(b.Target.Env), MountPath: text(b.Target.Path),
	})
	return nil
}

// setPlain sets the variables that no secret sets.
func (m *manifest) setPlain(vars map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		bound := slices.ContainsFunc(m.server.Spec.Secrets, func(s secretRef) bool { return string(s.TargetEnvName) == name })
		if !bound && !m.unnamed(name) {
			m.server.Spec.Env = append(m.server.Spec.Env, variable{text(name), text(vars[name])})
		}
	}
}

// unnamed reports whether an MCPServer can have no variable of that name, and leaves it out.
func (m *manifest) unnamed(name string) bool {
	if secret.ValidEnvName(name) {
		return false
	}
	what := "the variable " + name + ", since an MCPServer has only names of the form [A-Za-z_][A-Za-z0-9_]*"
	if !slices.Contains(m.leftOut, what) {
		m.leftOut = append(m.leftOut, what)
	}
	return true
}

func (m *manifest) yaml() ([]byte, error) { return yaml.Marshal(m.server) }

// leftOut returns the fields of spec that an MCPServer does not support, or that concern only this
// machine.
func leftOut(spec workload.Spec) []string {
	var left []string
	for _, part := range []struct {
		there bool
		what  string
	}{
		{len(spec.Volumes) > 0, "volumes, which are of this machine"},
		{len(spec.Publish) > 0, "published ports"},
		{spec.Network != "", "the network"},
		{len(spec.Labels) > 0, "the container's labels"},
		{spec.Workdir != "", "the working folder"},
		{spec.User != "", "the user"},
		{spec.ReadOnly, "the read-only root"},
		{len(spec.EnvInherit) > 0, "the inherited variables " + strings.Join(spec.EnvInherit, ", ")},
		{len(spec.EnvFiles) > 0 || spec.EnvFileDir != "", "the env files, whose values are of this machine"},
		{len(spec.Unknown()) > 0, "fields that this version does not know: " + strings.Join(spec.Unknown(), ", ")},
	} {
		if part.there {
			left = append(left, part.what)
		}
	}
	return left
}

// serverName converts name to a valid name of a Kubernetes object: a DNS label.
func serverName(name string) string {
	label := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(name))
	return strings.Trim(label[:min(len(label), maxServerName)], "-")
}
