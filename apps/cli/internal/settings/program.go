package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/thv-secrets/thv/core/secret"
)

// Program is a provider that is a program.
type Program struct {
	// Command is the program, as an absolute path or a name to look for in PATH,
	// and its arguments.
	Command []string `yaml:"command"`
	// Env is all that the program gets of an environment: NAME=VALUE, or NAME
	// for what thv itself has.
	Env []string `yaml:"env"`
	// Timeout bounds one call; zero is the default.
	Timeout time.Duration `yaml:"timeout"`
}

// OnePassword says how 1Password is asked.
type OnePassword struct {
	// Vault is where bare names are looked for; empty for nowhere.
	Vault string `yaml:"vault"`
	// Transport is sdk, the default, or cli for the program op.
	Transport string `yaml:"transport"`
	// Resident is whether the program that asks may stay for the next command;
	// nil is true.
	Resident *bool `yaml:"resident"`
	// Idle is how long it stays without being asked; zero is the default.
	Idle time.Duration `yaml:"idle"`
	// Timeout bounds one call; zero is the default.
	Timeout time.Duration `yaml:"timeout"`
}

// Kubernetes says which cluster is asked.
type Kubernetes struct {
	// Kubeconfig is a file; empty is what kubectl would take.
	Kubeconfig string `yaml:"kubeconfig"`
	// Context is one of the kubeconfig's; empty is its current one.
	Context string `yaml:"context"`
	// Namespace is the one that is listed; empty is all.
	Namespace string `yaml:"namespace"`
	// Timeout bounds one call; zero is the default.
	Timeout time.Duration `yaml:"timeout"`
}

// UnmarshalYAML refuses keys that it does not know: a mistyped one would be a
// program that is asked in another way than its owner wrote.
func (p *Program) UnmarshalYAML(text []byte) error {
	type plain Program
	return strict(text, (*plain)(p))
}

// UnmarshalYAML refuses keys that it does not know.
func (o *OnePassword) UnmarshalYAML(text []byte) error {
	type plain OnePassword
	return strict(text, (*plain)(o))
}

// UnmarshalYAML refuses keys that it does not know.
func (k *Kubernetes) UnmarshalYAML(text []byte) error {
	type plain Kubernetes
	return strict(text, (*plain)(k))
}

func strict(text []byte, into any) error {
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return explain(err)
	}
	return nil
}

// TransportSDK and TransportCLI are the ways to 1Password.
const (
	TransportSDK = "sdk"
	TransportCLI = "cli"
)

// Reserved are the names and schemes of thv's own providers, which no program may
// take.
var Reserved = []string{"1password", "encrypted", "environment", "none", "keyring", "kubernetes", "op", "env", "thv", "k8s"}

func (s Secrets) check() error {
	for _, name := range slices.Sorted(maps.Keys(s.Providers)) {
		if err := s.Providers[name].check(name); err != nil {
			return fmt.Errorf("secrets.providers.%s: %w", name, err)
		}
	}
	if t := s.OnePassword.Transport; t != "" && t != TransportSDK && t != TransportCLI {
		return fmt.Errorf("secrets.onepassword.transport is %s or %s", TransportSDK, TransportCLI)
	}
	for key, span := range map[string]time.Duration{
		"onepassword.timeout": s.OnePassword.Timeout, "onepassword.idle": s.OnePassword.Idle, "kubernetes.timeout": s.Kubernetes.Timeout,
	} {
		if span < 0 {
			return fmt.Errorf("secrets.%s is not negative", key)
		}
	}
	return nil
}

func (p Program) check(name string) error {
	if slices.Contains(Reserved, name) {
		return errors.New("the name belongs to thv; choose another")
	}
	if ref, err := secret.ParseRef(name + "://x"); err != nil || ref.Scheme() != name {
		return errors.New("a name is a lower-case letter followed by lower-case letters, digits, '+', '.' or '-', since it is a scheme too")
	}
	switch {
	case len(p.Command) == 0 || p.Command[0] == "":
		return errors.New("command is missing: [PROGRAM, ARGUMENT, …]")
	case p.Timeout < 0:
		return errors.New("timeout is not negative")
	}
	return checkEnv(p.Env)
}

// checkEnv repeats no text but names: what follows '=' may be a secret.
func checkEnv(env []string) error {
	for i, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if !secret.ValidEnvName(name) {
			return fmt.Errorf("env, entry %d, is neither NAME nor NAME=VALUE", i+1)
		}
		if strings.ContainsRune(value, 0) {
			return fmt.Errorf("env, entry %d, holds a NUL", i+1)
		}
	}
	return nil
}
