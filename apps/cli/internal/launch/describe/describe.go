// Package describe converts the user's input (options, a RunConfig, the name of a registry's
// server, the name of a saved workload) to the [Plan] of a run. It is the first stage of every
// run: it does not prompt, resolve, save or start anything.
package describe

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Plan is a described run.
type Plan struct {
	Spec workload.Spec
	// From is the RunConfig that describes the run; empty if the command line does.
	From string
	// Saved is the name under which From was saved here; empty if it was not.
	Saved   string
	Prepare inject.PrepareOptions
	// Unheeded are the fields of From that this version does not know.
	Unheeded []string
	// Apart is true if this run is not saved, because another run has its name or because it
	// cannot be repeated.
	Apart bool
}

// SaveTarget returns the name under which the run is saved.
func (p Plan) SaveTarget() runconfig.SaveTarget {
	return runconfig.SaveTarget{Name: cmp.Or(p.Spec.Name, p.Saved), Server: p.Prepare.Entry.Server}
}

// WrapError adds the name of the RunConfig to an error about its content.
func (p Plan) WrapError(err error) error {
	if p.From == "" || err == nil {
		return err
	}
	return fmt.Errorf("--from-config %s: %w", p.From, err)
}

// Catalog finds servers by name.
type Catalog interface {
	Load(ctx context.Context, file, name string) (*registry.Registry, error)
}

// RunConfigs reads RunConfigs from files, and saved ones.
type RunConfigs interface {
	Read(from string, stdin io.Reader) (runconfig.Given, error)
	Load(name string) (workload.Spec, error)
}

// Describer makes Plans. All fields are set.
type Describer struct {
	Catalog    Catalog
	RunConfigs RunConfigs
	// Input is read for a RunConfig on standard input.
	Input io.Reader
	// Say tells the user what a run does not heed.
	Say func(format string, args ...any)
}

// absoluteFiles makes the paths of env files absolute, so that the saved RunConfig does not
// depend on the working directory.
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
	directory, err := filepath.Abs(spec.EnvFileDir)
	if err != nil {
		return secret.Usagef("--env-file-dir: %w", err)
	}
	spec.EnvFileDir = directory
	return nil
}

// shown is text as a terminal shows it.
func shown(text string) string { return printable.Quoted(text) }
