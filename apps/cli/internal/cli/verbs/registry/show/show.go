// Package show is thv registry show.
package show

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the arguments and options of the verb.
type Options struct {
	Name, Registry string
}

// report has the names of a registry's file.
type report struct {
	Name        string                 `json:"name"`
	Description string                 `json:"description,omitempty"`
	Image       string                 `json:"image"`
	Args        []string               `json:"args,omitempty"`
	Transport   string                 `json:"transport"`
	TargetPort  int                    `json:"target_port,omitempty"`
	EnvVars     []workload.Requirement `json:"env_vars,omitempty"`
	Tools       []string               `json:"tools,omitempty"`
	Tags        []string               `json:"tags,omitempty"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a server of the registry",
		Long: `Show a server of the registry: its image, arguments, transport and tools, and
the variables that thv run requires or accepts for it.`,
		Example: `  # Show what thv run fetch would start
  thv registry show fetch`,
		Args: command.Names("NAME", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Registry, "registry", "", "`file` with a registry, instead of the configured one")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	known, err := a.Registry.Load(ctx, o.Registry, o.Name)
	if err != nil {
		return err
	}
	server, found := known.Find(o.Name)
	if reason, other := known.Other(o.Name); !found && other {
		return secret.Usagef("%s %s", o.Name, reason)
	}
	if near := known.Nearest(o.Name); !found && near != "" {
		return fmt.Errorf("%w: the registry (%s) has no server of this name; did you mean: thv registry show %s", secret.ErrNotFound, known.Origin, near)
	}
	if !found {
		return fmt.Errorf("%w: the registry (%s) has no server of this name; thv registry list has the names", secret.ErrNotFound, known.Origin)
	}
	r := newReport(server)
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, r)
	}
	return r.print(a.Streams.Out)
}

// newReport leaves out the default of a secret: an author may have put a real value
// there.
func newReport(s registry.Server) report {
	r := report{
		Name: s.Name, Description: s.Description, Image: s.Image, Args: s.Args,
		Transport: s.Transport, TargetPort: s.TargetPort, Tools: s.Tools, Tags: s.Tags,
	}
	for _, v := range s.Requirements {
		if v.Secret {
			v.Default = ""
		}
		r.EnvVars = append(r.EnvVars, v)
	}
	return r
}

// print writes the text form. It quotes free text of the registry.
func (r report) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", r.Name, r.Description)
	fmt.Fprintf(&b, "  image      %s\n", r.Image)
	if len(r.Args) > 0 {
		fmt.Fprintf(&b, "  arguments  %s\n", quoted(r.Args))
	}
	fmt.Fprintf(&b, "  transport  %s\n", r.Transport)
	if r.TargetPort != 0 {
		fmt.Fprintf(&b, "  port       %d\n", r.TargetPort)
	}
	if len(r.Tools) > 0 {
		fmt.Fprintf(&b, "  tools      %s\n", quoted(r.Tools))
	}
	if len(r.Tags) > 0 {
		fmt.Fprintf(&b, "  tags       %s\n", quoted(r.Tags))
	}
	for _, v := range r.EnvVars {
		fmt.Fprintf(&b, "  %s\n", variable(v))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func variable(v workload.Requirement) string {
	kind := "optional"
	if v.Required {
		kind = "required"
	}
	if v.Secret {
		kind += " secret"
	}
	text := v.Name + " (" + kind + ")"
	if v.Description != "" {
		text += ": " + v.Description
	}
	if v.Default != "" {
		text += "; default " + strconv.Quote(v.Default)
	}
	return text
}

func quoted(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = strconv.Quote(text)
	}
	return strings.Join(all, " ")
}
