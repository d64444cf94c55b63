// Package inject is what run and exec share: the options that give a workload
// its variables and secrets, and their resolution.
package inject

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the command line's.
type Options struct {
	secrets, variables, files []string
	folder                    string
	allowReserved, dryRun     bool
}

// Register adds the options to flags.
func (o *Options) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.secrets, "secret", nil, "give a secret: `NAME[,target=ENV]`; NAME is a name or a reference such as env://NAME")
	flags.StringArrayVarP(&o.variables, "env", "e", nil, "set a plain variable: `NAME[=VALUE]`; a reference as value is resolved")
	flags.StringArrayVar(&o.files, "env-file", nil, "read variables from a `file`; references as values are resolved")
	flags.StringVar(&o.folder, "env-file-dir", "", "read variables from every file in a `folder`")
	flags.BoolVar(&o.dryRun, "dry-run", false, "run nothing; say where each secret would come from, as thv explain does")
	flags.BoolVar(&o.allowReserved, "allow-reserved-target", false, "let a secret's target be PATH, LD_* and the like")
}

// Prepared is a workload's environment with references still unresolved.
type Prepared struct {
	app      *app.App
	vars     map[string]string
	subjects []Subject
}

// Prepare reads and checks the options, and completes spec by them. Nothing has
// been asked yet.
func (o *Options) Prepare(a *app.App, spec *workload.Spec) (*Prepared, error) {
	bound, err := bindings(o.secrets, o.allowReserved)
	if err != nil {
		return nil, err
	}
	vars, err := o.plain(a, spec)
	if err != nil {
		return nil, &terminal.UsageError{Err: err}
	}
	vars = handedOn(a, vars)
	refs, err := workload.References(vars, a.Resolver.Schemes())
	if err != nil {
		return nil, err
	}
	spec.EnvVars = vars
	for _, b := range bound {
		spec.Secrets = append(spec.Secrets, b.String())
	}
	return &Prepared{app: a, vars: vars, subjects: merge(bound, refs)}, nil
}

// DryRun reports whether nothing is to be run.
func (o *Options) DryRun() bool { return o.dryRun }

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

func (o *Options) plain(a *app.App, spec *workload.Spec) (map[string]string, error) {
	var sources workload.Sources
	var errs []error
	for _, path := range o.files {
		vars, err := readFile(path)
		sources.Files = append(sources.Files, vars)
		errs = append(errs, err)
	}
	if o.folder != "" {
		vars, err := workload.ParseEnvDir(os.DirFS(o.folder))
		if err != nil {
			errs = append(errs, fmt.Errorf("--env-file-dir %s: %w", o.folder, err))
		}
		sources.Dir = vars
	}
	flags, err := workload.ParseFlags(o.variables, a.Environ.Lookup)
	sources.Flags = flags
	if spec.Transport != "" {
		sources.Transport = workload.TransportVariables(spec.Transport, spec.TargetPort)
	}
	return sources.Merge(), errors.Join(append(errs, err)...)
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
