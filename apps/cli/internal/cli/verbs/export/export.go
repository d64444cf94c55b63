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

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "export NAME PATH [flags]",
		Short: "Export a saved run for another machine or a cluster",
		Long: `Write the RunConfig that is saved as NAME to the file PATH, or to standard
output if PATH is '-'. If PATH is a directory or ends with '/', the file is
NAME.json or NAME.yaml in it. Missing directories are created. thv run
--from-config runs the file, also on another machine. The file has references to
secrets, and no resolved value; the values of -e and ARGS are in it as they were
given.

With --format k8s, it is the manifest of an MCPServer whose secrets refer to
Kubernetes Secrets: to the Secret of a k8s:// reference, and to NAME-secrets for
all others. Settings that a manifest cannot express are left out, and reported.
With --with-secrets-commands, thv prints commands for bash on standard output
that create NAME-secrets from this machine's secrets. The commands contain no
values, and prompt for values that were stored for the workload alone.`,
		Example: `  # Export a run, and run it on another machine
  thv export server server.json
  thv run --from-config server.json

  # Export a manifest, and the commands that create its Secret
  thv export server server.yaml --format k8s --with-secrets-commands >secrets.sh`,
		Args: command.Names("NAME or PATH", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.Path = args[0], args[1]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Format, "format", asJSON, "format of the file: json or k8s")
	cmd.Flags().BoolVar(&o.Commands, "with-secrets-commands", false, "print kubectl commands that create the Kubernetes Secret")
	cmd.Flags().BoolVar(&o.Force, "force", false, "overwrite an existing file")
	return cmd
}

func run(_ context.Context, a *app.App, o *Options) error {
	if err := o.check(); err != nil {
		return err
	}
	spec, err := a.RunConfigs.Load(o.Name)
	if err != nil {
		return err
	}
	spec.SavedFrom = "" // which is of this machine
	o.Path = o.file()
	r := report{Name: o.Name, Path: o.Path, Format: o.Format}
	var text []byte
	if o.Format == asJSON {
		var written strings.Builder
		err = workload.WriteSpec(&written, spec)
		warn(a, spec)
		text = []byte(written.String())
	} else {
		text, err = o.manifest(a, spec, &r)
	}
	if err != nil {
		return err
	}
	return o.write(a, text, r)
}

// warn reports references of a RunConfig that are useless on another machine.
func warn(a *app.App, spec workload.Spec) {
	for _, param := range spec.Secrets {
		if strings.HasPrefix(param, secret.SystemPrefix) {
			name, _, _ := strings.Cut(param, ",")
			a.Streams.Say("%s was stored on this machine for this workload: replace it by another secret on the machine that runs the file.", name)
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

// manifest returns the manifest, and adds the omitted fields and, if requested, the commands to r.
func (o *Options) manifest(a *app.App, spec workload.Spec, r *report) ([]byte, error) {
	m, err := newManifest(o.Name, spec, a.Resolver.Schemes(), a.Providers.InCluster)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	r.LeftOut = m.leftOut
	if o.Commands {
		r.SecretsCommands = m.commands()
	}
	for _, what := range m.leftOut {
		a.Streams.Say("Left out of the manifest: %s.", what)
	}
	return m.yaml()
}

func (o *Options) write(a *app.App, text []byte, r report) error {
	out := a.Streams.Raw().Out // all of it can be printed, and none is cut
	if o.Path == runconfig.Standard {
		_, err := out.Write(text)
		return err
	}
	if err := o.writeFile(text); err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(out, r)
	}
	for _, line := range r.SecretsCommands {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	a.Streams.Say("Wrote %s.", o.Path)
	return nil
}

// file returns the file that PATH means.
func (o *Options) file() string {
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

// writeFile writes the file atomically, and replaces an existing one only if forced.
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
