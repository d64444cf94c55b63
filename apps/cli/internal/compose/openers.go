package compose

import (
	"context"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/core/provider"
)

// The executables of providers whose libraries would cost every start.
const (
	onePasswordName = "thv-provider-1password"
	kubernetesName  = "thv-provider-k8s"
)

// openers makes the openers of providers that are programs.
type openers struct {
	globals  app.Globals
	environ  *procenv.Environ
	settings settings.Settings
	programs *programs
}

// configured is a program of the configuration file's.
func (o *openers) configured(name string, p settings.Program) provider.Opener {
	return func(ctx context.Context) (provider.Provider, error) {
		path, err := programPath(o.environ, p.Command[0])
		if err != nil {
			return nil, err
		}
		return o.programs.open(ctx, exec.Config{
			Name: name, Scheme: name, Timeout: p.Timeout.Duration(),
			Command: append([]string{path}, p.Command[1:]...), Env: declared(o.environ, p.Env),
		})
	}
}

// onePassword is the program around 1Password's SDK, or around its program op.
func (o *openers) onePassword(ctx context.Context) (provider.Provider, error) {
	s := o.settings.Secrets.OnePassword
	var args []string
	args = option(args, "--vault", s.Vault)
	args = option(args, "--transport", s.Transport)
	args = option(args, "--timeout", string(s.Timeout))
	args = option(args, "--idle", string(s.Idle))
	if o.globals.NoResident || s.Resident != nil && !*s.Resident {
		args = append(args, "--no-resident")
	}
	env := o.environ.Only(procenv.OnePasswordEnviron...)
	if s.Transport == settings.TransportCLI {
		env = o.environ.ForWorkload()
	}
	env = append(env, o.environ.Only(procenv.TokenVariable)...)
	return o.beside(ctx, exec.Config{Name: onePassword, Scheme: "op", Timeout: s.Timeout.Duration(), Env: env}, onePasswordName, args)
}

// kubernetes is the program around Kubernetes' client. It gets the environment
// that kubectl would, since a kubeconfig may name programs that need it.
func (o *openers) kubernetes(ctx context.Context) (provider.Provider, error) {
	s := o.settings.Secrets.Kubernetes
	var args []string
	args = option(args, "--kubeconfig", s.Kubeconfig)
	args = option(args, "--context", s.Context)
	args = option(args, "--namespace", s.Namespace)
	args = option(args, "--timeout", string(s.Timeout))
	return o.beside(ctx, exec.Config{Name: kubernetes, Scheme: kubernetes, Timeout: s.Timeout.Duration(), Env: o.environ.ForWorkload()}, kubernetesName, args)
}

// beside opens the executable name of thv's own folder.
func (o *openers) beside(ctx context.Context, c exec.Config, name string, args []string) (provider.Provider, error) {
	path, err := beside(name)
	if err != nil {
		return nil, err
	}
	c.Command = append([]string{path}, args...)
	return o.programs.open(ctx, c)
}

func option(args []string, name, value string) []string {
	if value == "" {
		return args
	}
	return append(args, name+"="+value)
}
