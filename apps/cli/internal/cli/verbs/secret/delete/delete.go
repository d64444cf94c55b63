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

type options struct {
	app    *app.App
	name   command.StoredName
	args   []string
	system bool
}

type report struct {
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
	command.Affected
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a secret",
		Long: `Delete a secret. Workloads that use it are named on standard error, with what becomes
of each. A name that cannot be given as NAME, as another program may have stored it, is
given with --name-json.`,
		Args: o.name.Args,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.args = args
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.name.Flag(cmd)
	cmd.Flags().BoolVar(&o.system, "system", false, "NAME is one of those that thv keeps for itself")
	return cmd
}

func run(ctx context.Context, o options) error {
	ref, name, err := o.name.Ref(o.args, o.system)
	if err != nil {
		return err
	}
	if err := o.app.Resolver.Delete(ctx, ref); err != nil {
		return err
	}
	found := command.AffectedBy(o.app, impact.Deleted, ref)
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, report{Name: name, Deleted: true, Affected: found})
	}
	if o.app.Providers.KeepsNothing(ref) {
		o.app.Streams.Say("There was no %s to delete: the provider %s has no secrets.", ref, app.None)
		return nil
	}
	o.app.Streams.Say("Deleted %s.", command.ShownRef(name))
	found.Say(o.app.Streams)
	return nil
}
