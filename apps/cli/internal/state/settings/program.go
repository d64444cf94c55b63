package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	// Timeout bounds one call; empty is the default.
	Timeout Span `yaml:"timeout"`
}

// OnePassword says how 1Password is asked.
type OnePassword struct {
	// Vault is searched for bare names; empty means that they are not looked up.
	Vault string `yaml:"vault"`
	// Transport is sdk, the default, or cli for the program op.
	Transport string `yaml:"transport"`
	// Resident is whether the program that asks may stay for the next command;
	// nil is true.
	Resident *bool `yaml:"resident"`
	// Idle is how long it stays without being asked; empty is the default.
	Idle Span `yaml:"idle"`
	// Timeout bounds one call; empty is the default.
	Timeout Span `yaml:"timeout"`
}

// Kubernetes says which cluster is asked.
type Kubernetes struct {
	// Kubeconfig is a file; empty is what kubectl would take.
	Kubeconfig string `yaml:"kubeconfig"`
	// Context is one of the kubeconfig's; empty is its current one.
	Context string `yaml:"context"`
	// Namespace is the one that is listed; empty is all.
	Namespace string `yaml:"namespace"`
	// Timeout bounds one call; empty is the default.
	Timeout Span `yaml:"timeout"`
}

// Span is a length of time as time.ParseDuration reads it, such as 30s.
type Span string

// Duration returns the length; zero for the empty Span.
func (s Span) Duration() time.Duration {
	d, _ := time.ParseDuration(string(s)) // Load has checked it
	return d
}

func (s Span) check(key string) error {
	if d, err := time.ParseDuration(string(s)); s != "" && (err != nil || d <= 0) {
		return fmt.Errorf("%s is a length of time above zero, such as 30s or 5m", key)
	}
	return nil
}

// TransportSDK and TransportCLI are the ways to 1Password.
const (
	TransportSDK = "sdk"
	TransportCLI = "cli"
)

func (s Secrets) check(reserved []string) error {
	for _, name := range slices.Sorted(maps.Keys(s.Providers)) {
		if err := s.Providers[name].check(name, reserved); err != nil {
			return fmt.Errorf("secrets.providers.%s: %w", name, err)
		}
	}
	if t := s.OnePassword.Transport; t != "" && t != TransportSDK && t != TransportCLI {
		return fmt.Errorf("secrets.onepassword.transport is %s or %s", TransportSDK, TransportCLI)
	}
	return errors.Join(
		s.OnePassword.Timeout.check("secrets.onepassword.timeout"), s.OnePassword.Idle.check("secrets.onepassword.idle"),
		s.Kubernetes.Timeout.check("secrets.kubernetes.timeout"),
	)
}

func (p Program) check(name string, reserved []string) error {
	if slices.Contains(reserved, name) {
		return errors.New("the name belongs to thv; choose another")
	}
	if ref, err := secret.ParseRef(name + "://x"); err != nil || ref.Scheme() != name {
		return errors.New("a name is a lower-case letter followed by lower-case letters, digits, '+', '.' or '-', since it is a scheme too")
	}
	if len(p.Command) == 0 || p.Command[0] == "" {
		return errors.New("command is missing: [PROGRAM, ARGUMENT, …]")
	}
	return errors.Join(p.Timeout.check("timeout"), checkEnv(p.Env))
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
