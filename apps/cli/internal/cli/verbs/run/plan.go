package run

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	fromConfig = "from-config"
	detach     = "detach"
	ignore     = "ignore"
)

// beside are the options of this command that go with --from-config. Every other
// one would say again what the RunConfig says.
var beside = []string{fromConfig, "name", "pull", "dry-run", "no-masking", "allow-reserved-target", "yes", detach, ignore, "foreground"}

// plan is what is to be run.
type plan struct {
	spec workload.Spec
	// from is the RunConfig that says so, empty where the command line does.
	from string
	// saved is the name under which from was saved here; empty where it is not.
	saved string
	terms inject.Terms
	// apart says that another run has the name: this one is not saved.
	apart bool
}

func checkArguments(cmd *cobra.Command, args []string) error {
	if !cmd.Flags().Changed(fromConfig) {
		if dash := cmd.ArgsLenAtDash(); dash >= 0 {
			args = args[:dash]
		}
		return command.Names("NAME_OR_IMAGE", 1, 1)(cmd, args)
	}
	if len(args) > 0 {
		return secret.Usagef("--from-config says which image is run and with which arguments; leave them out")
	}
	var err error
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Changed && !slices.Contains(beside, flag.Name) && err == nil {
			err = secret.Usagef("--%s does not go with --from-config, which says that itself: change it in the file", flag.Name)
		}
	})
	return err
}

// plan answers what reads the plan. The command line is looked at, and the registry,
// before the engine is opened; a RunConfig after it, since opening may replace this
// process and standard input can be read only once.
func (o options) plan(ctx context.Context) (read func() (plan, error), err error) {
	if o.from != "" {
		return o.fromConfig, nil
	}
	terms := o.inject.Terms()
	terms.Once = !o.detach
	if terms.Entry, err = o.lookUp(ctx); err != nil {
		return nil, err
	}
	spec, err := o.container.spec(o.image, o.args)
	if err != nil {
		return nil, err
	}
	if err := o.inject.Describe(&spec); err != nil {
		return nil, err
	}
	if err := absoluteFiles(&spec); err != nil {
		return nil, err
	}
	spec.Requirements = terms.Entry.Requirements
	return func() (plan, error) { return plan{spec: spec, terms: terms}, nil }, nil
}

func (o options) fromConfig() (plan, error) {
	given, err := o.app.RunConfigs.Read(o.from, o.app.Streams.In)
	if err != nil {
		return plan{}, err
	}
	if unheeded := given.Spec.Unheeded(); len(unheeded) > 0 {
		o.app.Streams.Say("--from-config: this version does not know, and does not heed: %s.", shown(strings.Join(unheeded, ", ")))
	}
	p := plan{spec: given.Spec, from: o.from, saved: given.Name, terms: o.inject.Terms()}
	p.terms.System = p.saved != ""
	p.terms.Entry = inject.Entry{Image: shown(p.spec.Image), Requirements: p.spec.Requirements}
	if p.spec.Image == "" {
		return plan{}, p.placed(secret.Usagef("it names no image"))
	}
	if o.container.name != "" {
		p.spec.Name = o.container.name
	}
	if o.pulls {
		p.spec.Pull = o.container.pull
	}
	if err := o.protect(&p.spec); err != nil {
		return plan{}, p.placed(err)
	}
	if err := complete(&p.spec); err != nil {
		return plan{}, p.placed(err)
	}
	return p, absoluteFiles(&p.spec)
}

// protect honours the protections that a RunConfig asks for, and refuses those that
// thv does not give unless they are ignored, which is saved.
func (o options) protect(spec *workload.Spec) error {
	spec.Honour()
	if err := spec.Ignore(o.ignored...); err != nil {
		return &secret.UsageError{Err: err}
	}
	if err := spec.CheckProtection(spec.Ignored); err != nil {
		return &secret.UsageError{Err: err}
	}
	return nil
}

// placed adds the RunConfig to an error about what it says.
func (p plan) placed(err error) error {
	if p.from == "" || err == nil {
		return err
	}
	return fmt.Errorf("--from-config %s: %w", p.from, err)
}

// absoluteFiles makes the paths of env files absolute, so that what is saved means
// the same in every folder.
func absoluteFiles(spec *workload.Spec) error {
	files := make([]string, len(spec.EnvFiles))
	for i, path := range spec.EnvFiles {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return secret.Usagef("--env-file: %w", err)
		}
		files[i] = absolute
	}
	spec.EnvFiles = files
	if spec.EnvFileDir == "" {
		return nil
	}
	folder, err := filepath.Abs(spec.EnvFileDir)
	if err != nil {
		return secret.Usagef("--env-file-dir: %w", err)
	}
	spec.EnvFileDir = folder
	return nil
}
