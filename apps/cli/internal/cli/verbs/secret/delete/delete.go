// Package delete is thv secret delete.
package delete

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/impact"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Options are the arguments and options of the verb.
type Options struct {
	Name   command.StoredName
	Args   []string
	System bool
}

type report struct {
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
	command.Affected
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a secret",
		Long: `Delete a secret. The workloads that use it, and the effect on each, are listed
on standard error. Use --name-json for a name that another program has stored
and that is not a valid NAME.`,
		Example: `  # Delete the secret api-key
  thv secret delete api-key

  # Delete a secret whose name has a tab
  thv secret delete --name-json '"a\tb"'`,
		Args: o.Name.Args,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Args = args
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	o.Name.Flag(cmd)
	cmd.Flags().BoolVar(&o.System, "system", false, "NAME is a secret that thv keeps for its own use")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	ref, name, err := o.Name.Ref(o.Args, o.System)
	if err != nil {
		return err
	}
	if err := a.Resolver.Delete(ctx, ref); err != nil {
		return err
	}
	found := command.AffectedBy(a, impact.Deleted, ref)
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{Name: name, Deleted: true, Affected: found})
	}
	if a.Providers.KeepsNothing(ref) {
		a.Streams.Say("There was no %s to delete: the provider %s has no secrets.", ref, app.None)
		return nil
	}
	a.Streams.Say("Deleted %s.", command.ShownRef(name))
	found.Say(a.Streams)
	return nil
}
