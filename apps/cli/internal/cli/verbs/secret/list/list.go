// Package list is thv secret list.
package list

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Options are the arguments and options of the verb.
type Options struct {
	Scheme string
	System bool
}

type report struct {
	Secrets []row `json:"secrets"`
}

type row struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Created     *time.Time `json:"created,omitempty"`
	Updated     *time.Time `json:"updated,omitempty"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "list [SCHEME://]",
		Short: "List the names of stored secrets",
		Long: `List the names of the secrets in the first provider of the chain, or in the
provider of SCHEME, sorted, one per line, without values. A name that another
program has stored and that is not a valid NAME is shown as a JSON string, which
get and delete accept with --name-json.`,
		Example: `  # Names in the first provider of the chain
  thv secret list

  # Names in the Kubernetes namespace of the current context
  thv secret list k8s://`,
		Args:              command.Names("SCHEME://", 0, 1),
		ValidArgsFunction: f.CompleteSchemes,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Scheme, err = scheme(args); err != nil {
				return err
			}
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVar(&o.System, "system", false, "list the secrets that thv keeps for its own use")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	infos, err := a.Resolver.List(ctx, o.Scheme)
	if err != nil {
		return err
	}
	infos = slices.DeleteFunc(infos, func(i secret.Info) bool {
		return strings.HasPrefix(i.Name, secret.SystemPrefix) != o.System
	})
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, newReport(infos))
	}
	if len(infos) == 0 {
		a.Streams.Say("No secrets.")
	}
	shown := command.ShownRef
	if o.Scheme == app.EncryptedScheme || o.Scheme == "" && a.Providers.Selected == app.Encrypted {
		shown = command.ShownName
	}
	for _, info := range infos {
		if _, err := fmt.Fprintln(a.Streams.Out, line(shown(info.Name), info.Description)); err != nil {
			return err
		}
	}
	return nil
}

// scheme is the argument's, empty without one.
func scheme(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	name, rest, found := strings.Cut(args[0], "://")
	if !found || rest != "" || name == "" {
		return "", secret.Usagef("what is listed is a scheme, as in op:// or k8s://")
	}
	return name, nil
}

func newReport(infos []secret.Info) report {
	r := report{Secrets: []row{}}
	for _, i := range infos {
		r.Secrets = append(r.Secrets, row{i.Name, i.Description, known(i.Created), known(i.Updated)})
	}
	return r
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// line is the text form. Stores of other programs may hold names that would break a
// line, drive a terminal or look like another: those are quoted, and so is such a
// description.
func line(name, description string) string {
	if description == "" {
		return name
	}
	if strings.ContainsFunc(description, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		description = strconv.Quote(description)
	}
	return name + "\t" + description
}
