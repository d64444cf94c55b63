// Package rm is thv rm.
package rm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/inventory"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Options are the arguments and options of the verb.
type Options struct {
	Names      []string
	Force, Yes bool
}

type report struct {
	Removed []removal `json:"removed"`
}

// removal lists the deleted data of one workload.
type removal struct {
	Name    string   `json:"name"`
	Files   []string `json:"files"`
	Secrets []string `json:"secrets"`
	// Grants are the references for which its image needs a new confirmation.
	Grants []string `json:"grants"`
	// Failure is why more was not deleted; nil if all of it was.
	Failure *control.Failure `json:"error,omitempty"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "rm NAME…",
		Short: "Remove workloads and their data",
		Long: `Remove the status, the logs and the RunConfig of workloads, and what was granted
to their images. Secrets that thv stored for one of the workloads alone, because
a registry entry required them, are deleted after confirmation, unless another
RunConfig refers to them. Other secrets are kept.

A running workload is refused; --force stops it first, unless it runs in the
foreground. If a NAME is refused or unknown, the others are removed, and the
exit code is that of the failure.`,
		Example: `  # Remove a stopped workload
  thv rm web

  # Stop and remove two workloads without confirmation
  thv rm --force --yes web api`,
		Args:              command.Names("NAME", 1, 1000),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Names = command.Unique(args)
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVar(&o.Force, "force", false, "stop running workloads first")
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "skip confirmation prompts")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	r := a.Inventory()
	found, failed, err := r.Of(ctx, o.Names)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(st status.Status) bool {
		if st.Other != nil {
			failed[st.Name] = fmt.Errorf("%w: %s is a workload of %s, whose RunConfig this is; thv removes nothing of it", secret.ErrConflict, st.Name, st.Other.Program)
			return true
		}
		if err := r.Attended(st.Name); err != nil {
			failed[st.Name] = err // even with --force: it is another command's
			return true
		}
		if o.Force || !r.Supervised(st.Name) && st.State != status.Unsupervised {
			return false
		}
		failed[st.Name] = fmt.Errorf("%w: %s runs; stop it first (thv stop %s), or give --force", secret.ErrConflict, st.Name, st.Name)
		return true
	})
	own := make([][]secret.Ref, len(found))
	var all []secret.Ref
	for i, st := range found {
		own[i] = secretsOf(a, st.Name)
		all = append(all, own[i]...)
	}
	if err := o.confirm(ctx, a, all); err != nil {
		return err
	}
	result := report{Removed: []removal{}}
	for i, st := range found {
		done, err := o.remove(ctx, a, r, st, own[i])
		done.Failure = control.NewFailure(err)
		result.Removed = append(result.Removed, done)
		failed[st.Name] = err
	}
	return o.report(a, result, failed)
}

// report reports the removed workloads, and returns the errors of the others.
func (o *Options) report(a *app.App, result report, failed map[string]error) error {
	var errs []error
	for _, name := range o.Names {
		if failed[name] != nil {
			errs = append(errs, failed[name])
		}
	}
	if len(result.Removed) > 0 {
		errs = append(errs, say(a, result))
	}
	return errors.Join(errs...)
}

func (o *Options) confirm(ctx context.Context, a *app.App, refs []secret.Ref) error {
	if len(refs) == 0 || o.Yes {
		return nil
	}
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.String()
	}
	yes, err := a.Streams.Confirm(ctx, "Delete the stored secrets "+strings.Join(names, ", ")+" too?")
	if err == nil && !yes {
		err = terminal.ErrNothingDone
	}
	return err
}

// secretsOf returns the secrets that were stored for the workload and that no other refers to. An
// unreadable RunConfig may refer to any of them.
func secretsOf(a *app.App, name string) []secret.Ref {
	spec, err := a.RunConfigs.Load(name)
	if err != nil {
		if !errors.Is(err, secret.ErrNotFound) {
			a.Streams.Say("What was stored for %s stays: %v", name, err)
		}
		return nil // a damaged one must not keep the rest from being removed
	}
	own := system(spec.Secrets)
	if len(own) == 0 {
		return nil
	}
	others, err := a.RunConfigs.Others(name)
	if err != nil {
		a.Streams.Say("What was stored for %s stays, since another RunConfig that cannot be read may refer to it: %v", name, err)
		return nil
	}
	var refs []secret.Ref
	for _, ref := range own {
		shared := false
		for _, other := range others {
			for _, theirs := range system(other.Secrets) {
				shared = shared || theirs == ref
			}
		}
		if !shared {
			refs = append(refs, ref)
		}
	}
	return refs
}

// system returns the references to secrets that were stored for a workload.
func system(params []string) []secret.Ref {
	bindings, err := secret.ParseSystemBindings(params)
	if err != nil {
		return nil
	}
	var refs []secret.Ref
	for _, b := range bindings {
		if b.Ref.System() && b.Ref.Bare() {
			refs = append(refs, b.Ref)
		}
	}
	return refs
}

func say(a *app.App, r report) error {
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, r)
	}
	for _, one := range r.Removed {
		if one.Failure != nil && len(one.Files)+len(one.Secrets) == 0 {
			continue
		}
		text := "Removed " + one.Name
		if len(one.Files) > 0 {
			text += ": " + strings.Join(one.Files, ", ")
		}
		a.Streams.Say("%s.", text)
		for _, name := range one.Secrets {
			a.Streams.Say("Deleted the secret %s.", name)
		}
	}
	return nil
}

// remove stops the workload and deletes its data. The RunConfig is deleted last but one, so that a
// failed removal can be repeated.
func (o *Options) remove(ctx context.Context, a *app.App, r *inventory.Lister, st status.Status, refs []secret.Ref) (removal, error) {
	done := removal{Name: st.Name, Files: []string{}, Secrets: []string{}, Grants: []string{}}
	if _, err := r.Stop(ctx, st, 0); err != nil {
		return done, err
	}
	lock, err := a.Statuses.Lock(st.Name)
	if err != nil {
		return done, fmt.Errorf("%s: %w", st.Name, err)
	}
	defer lock.Release()
	for _, ref := range refs {
		err := a.Resolver.Delete(ctx, ref)
		if errors.Is(err, secret.ErrNotFound) {
			continue
		}
		if err != nil {
			return done, fmt.Errorf("%s: %w", st.Name, err)
		}
		done.Secrets = append(done.Secrets, ref.String())
	}
	files, err := logfile.Remove(a.Statuses.LogPath(st.Name))
	done.Files = append(done.Files, files...)
	if err != nil {
		return done, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return done, o.forget(a, st, &done)
}

// forget deletes the RunConfig, the grants of its image and the status.
func (o *Options) forget(a *app.App, st status.Status, done *removal) error {
	if other := a.Statuses.Other(st.Name); other != nil {
		a.Streams.Say("The RunConfig %s stays: %s has a workload of this name.", a.RunConfigs.Path(st.Name), other.Program)
	} else if err := o.forgetRun(a, st, done); err != nil {
		return err
	}
	if st.State == status.Saved {
		return nil
	}
	if _, err := a.Statuses.Read(st.Name); !errors.Is(err, secret.ErrNotFound) {
		done.Files = append(done.Files, a.Statuses.Path(st.Name))
	}
	return a.Statuses.Remove(st.Name)
}

// forgetRun deletes the RunConfig and the grants of its image.
func (o *Options) forgetRun(a *app.App, st status.Status, done *removal) error {
	if err := a.RunConfigs.RevokeFrom(st.Name); err != nil && !errors.Is(err, secret.ErrCorrupt) {
		return err
	}
	if spec, err := a.RunConfigs.Load(st.Name); err == nil {
		if err := revoke(a, st.Name, spec.Image, done); err != nil {
			return err
		}
	}
	err := a.RunConfigs.Remove(st.Name)
	if err == nil {
		done.Files = append(done.Files, a.RunConfigs.Path(st.Name))
	}
	if errors.Is(err, secret.ErrNotFound) {
		return nil
	}
	return err
}

// revoke deletes the grants of the image that no other workload has.
func revoke(a *app.App, name, image string, done *removal) error {
	others, err := a.RunConfigs.Others(name)
	if err != nil {
		return nil //nolint:nilerr // one that cannot be read may have the image
	}
	for _, other := range others {
		if other.Image == image {
			return nil
		}
	}
	names, err := a.RunConfigs.Revoke(image)
	done.Grants = append(done.Grants, names...)
	return err
}
