// Package export is thv export: a saved RunConfig, for another machine or a cluster.
package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	asJSON = "json"
	asK8s  = "k8s"
)

// Options are the arguments and options of the verb.
type Options struct {
	app      *app.App
	Name     string
	Path     string
	Format   string
	Commands bool
	Force    bool
}

// report is the JSON form.
type report struct {
	Name            string   `json:"name"`
	Path            string   `json:"path"`
	Format          string   `json:"format"`
	LeftOut         []string `json:"left_out,omitempty"`
	SecretsCommands []string `json:"secrets_commands,omitempty"`
}

// NewCommand returns the verb. Unless runF is nil it is called in the place of a run.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "export NAME PATH [flags]",
		Short: "Write a saved run for another machine or a cluster",
		Long: `Write the RunConfig that is saved as NAME to the file PATH, '-' for standard
output; to NAME.json or NAME.yaml in PATH if that is a directory or ends with '/'.
Directories that are not there are made. thv run --from-config runs it, elsewhere too. It holds references to secrets
and no resolved value, but also what -e and ARGS said as it was.

With --format k8s it is the manifest of an MCPServer whose secrets are references to
Kubernetes Secrets: to those of k8s:// references, and else to NAME-secrets. What a
manifest cannot say is left out, and that is said. With --with-secrets-commands the
commands for bash that make NAME-secrets with the values of this machine's secrets are
printed on standard output; they hold no value themselves, and ask for those that were
stored for the workload alone.`,
		Example: `  thv export server server.json
  thv export server server.yaml --format k8s --with-secrets-commands >secrets.sh`,
		Args: command.Names("NAME or PATH", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.Path = args[0], args[1]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Format, "format", asJSON, "what is written: json or k8s")
	cmd.Flags().BoolVar(&o.Commands, "with-secrets-commands", false, "print the kubectl commands that make the Kubernetes Secrets")
	cmd.Flags().BoolVar(&o.Force, "force", false, "write over a file that is there")
	return cmd
}

func run(_ context.Context, a *app.App, o *Options) error {
	o.app = a
	if err := o.check(); err != nil {
		return err
	}
	spec, err := o.app.RunConfigs.Load(o.Name)
	if err != nil {
		return err
	}
	spec.SavedFrom = "" // which is of this machine
	o.Path = o.place()
	r := report{Name: o.Name, Path: o.Path, Format: o.Format}
	var text []byte
	if o.Format == asJSON {
		var written strings.Builder
		err = workload.WriteSpec(&written, spec)
		o.warn(spec)
		text = []byte(written.String())
	} else {
		text, err = o.manifest(spec, &r)
	}
	if err != nil {
		return err
	}
	return o.write(text, r)
}

// warn says what a RunConfig refers to that is of no use elsewhere.
func (o *Options) warn(spec workload.Spec) {
	for _, param := range spec.Secrets {
		if strings.HasPrefix(param, secret.SystemPrefix) {
			name, _, _ := strings.Cut(param, ",")
			o.app.Streams.Say("%s was stored on this machine for this workload: replace it by another secret on the machine that runs the file.", name)
		}
	}
}

func (o *Options) check() error {
	switch {
	case o.Format != asJSON && o.Format != asK8s:
		return secret.Usagef("--format is json or k8s")
	case o.Commands && o.Format != asK8s:
		return secret.Usagef("--with-secrets-commands goes with --format k8s")
	case o.Commands && o.Path == runconfig.Standard:
		return secret.Usagef("--with-secrets-commands prints on standard output, so PATH is a file then")
	}
	return nil
}

// manifest adds to r what is left out and, where they are asked for, the commands.
func (o *Options) manifest(spec workload.Spec, r *report) ([]byte, error) {
	m, err := newManifest(o.Name, spec, o.app.Resolver.Schemes(), o.app.Providers.InCluster)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	r.LeftOut = m.leftOut
	if o.Commands {
		r.SecretsCommands = m.commands()
	}
	for _, what := range m.leftOut {
		o.app.Streams.Say("Left out of the manifest: %s.", what)
	}
	return m.yaml()
}

func (o *Options) write(text []byte, r report) error {
	out := o.app.Streams.Raw().Out // all of it can be printed, and none is cut
	if o.Path == runconfig.Standard {
		_, err := out.Write(text)
		return err
	}
	if err := o.writeFile(text); err != nil {
		return err
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(out, r)
	}
	for _, line := range r.SecretsCommands {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	o.app.Streams.Say("Wrote %s.", o.Path)
	return nil
}

// place is the file that PATH means.
func (o *Options) place() string {
	info, err := os.Stat(o.Path)
	isDirectory := err == nil && info.IsDir() || strings.HasSuffix(o.Path, "/") || strings.HasSuffix(o.Path, string(filepath.Separator))
	switch {
	case !isDirectory:
		return o.Path
	case o.Format == asK8s:
		return filepath.Join(o.Path, o.Name+".yaml")
	}
	return filepath.Join(o.Path, o.Name+".json")
}

// writeFile leaves a whole file, and one that is there as it is unless forced.
func (o *Options) writeFile(text []byte) error {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return secret.Usagef("PATH: %w", err)
	}
	if o.Force {
		return atomicfile.Replace(o.Path, text)
	}
	file, err := os.OpenFile(o.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return secret.Usagef("%s is there already; --force writes over it", o.Path)
	}
	if err != nil {
		return secret.Usagef("PATH: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(o.Path)
		return fmt.Errorf("%w: cannot write %s: %w", secret.ErrUnavailable, o.Path, err)
	}
	return nil
}
