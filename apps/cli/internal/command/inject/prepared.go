package inject

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

// Prepared is a workload's environment with references still unresolved.
type Prepared struct {
	app      *app.App
	vars     map[string]string
	subjects []Subject
}

// Prepare reads what spec names, files and variables, and checks its references.
// What unlocks a provider is left out, also of spec, and that is said. No provider
// has been asked yet.
func Prepare(a *app.App, spec *workload.Spec, allowReserved bool) (*Prepared, error) {
	bound, err := bindings(spec.Secrets, allowReserved)
	if err != nil {
		return nil, err
	}
	vars, err := plain(a, *spec)
	if err != nil {
		return nil, &terminal.UsageError{Err: err}
	}
	withhold(a, spec, vars)
	refs, err := workload.References(vars, a.Resolver.Schemes())
	if err != nil {
		return nil, err
	}
	return &Prepared{app: a, vars: vars, subjects: merge(bound, refs)}, nil
}

// Subjects are the secrets in the order in which they are asked for: parameters,
// then the variables whose values are references, by name. A parameter wins over a
// variable of the same name.
func (p *Prepared) Subjects() []Subject { return p.subjects }

// Explain says where each secret would come from, and runs nothing.
func (p *Prepared) Explain(ctx context.Context) error {
	return Explain(ctx, p.app, p.subjects, nil)
}

// Resolve asks for every secret at once, and answers the environment. From then
// on the values are kept out of the log, and no provider is open any more.
func (p *Prepared) Resolve(ctx context.Context) (workload.Environment, error) {
	environment := workload.NewEnvironment(p.vars)
	if len(p.subjects) == 0 {
		return environment, nil
	}
	resolution, err := p.app.Resolver.Resolve(ctx, refsOf(p.subjects))
	p.app.Close()
	if err != nil {
		return workload.Environment{}, err
	}
	for _, s := range p.subjects {
		value, _ := resolution.Value(s.Ref)
		if err := environment.SetSecret(s.Target, value); err != nil {
			return workload.Environment{}, fmt.Errorf("secret %q: %w", s.Ref, err)
		}
	}
	p.app.KeepOutOfLogs(environment.Secrets())
	return environment, nil
}

func plain(a *app.App, spec workload.Spec) (map[string]string, error) {
	var sources workload.Sources
	var errs []error
	for _, path := range spec.EnvFiles {
		vars, err := readFile(path)
		sources.Files = append(sources.Files, vars)
		errs = append(errs, err)
	}
	if spec.EnvFileDir != "" {
		vars, err := workload.ParseEnvDir(os.DirFS(spec.EnvFileDir))
		if err != nil {
			errs = append(errs, fmt.Errorf("--env-file-dir %s: %w", spec.EnvFileDir, err))
		}
		sources.Dir = vars
	}
	sources.Flags = map[string]string{}
	maps.Copy(sources.Flags, spec.EnvVars)
	for _, name := range spec.EnvInherit {
		if value, set := a.Environ.Lookup(name); set {
			sources.Flags[name] = value
		}
	}
	if spec.Transport != "" {
		sources.Transport = workload.TransportVariables(spec.Transport, spec.TargetPort)
	}
	return sources.Merge(), errors.Join(errs...)
}

func readFile(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--env-file: there is no file %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("--env-file: %w", err)
	}
	defer file.Close()
	return workload.ParseEnvFile(path, file)
}

// withhold takes what unlocks a provider out of vars, and out of spec, so that it
// is not saved either.
func withhold(a *app.App, spec *workload.Spec, vars map[string]string) {
	spec.EnvVars = maps.Clone(spec.EnvVars)
	for _, name := range app.Unlocking {
		if _, there := vars[name]; there {
			command.Say(a.Streams, "%s unlocks a provider, and is left out of the workload's environment.", name)
		}
		delete(vars, name)
		delete(spec.EnvVars, name)
	}
	spec.EnvInherit = slices.DeleteFunc(slices.Clone(spec.EnvInherit), func(name string) bool {
		return slices.Contains(app.Unlocking, name)
	})
}
