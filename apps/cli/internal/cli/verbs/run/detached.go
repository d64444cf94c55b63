package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	starter "github.com/thv-secrets/thv/apps/cli/internal/detached/handoff"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// checkDetach looks at what goes with -d and what does not.
func (o options) checkDetach() error {
	switch {
	case o.detach && o.foreground:
		return secret.Usagef("--foreground and -d exclude each other")
	case o.detach && o.noMasking:
		return secret.Usagef("--no-masking does not go with -d, whose output is kept in a file: run it in the foreground, or leave the option out")
	case !o.detach && o.container.restart != "":
		return secret.Usagef("--restart goes with -d: in the foreground the workload's end is the command's")
	}
	return o.container.changes.check(o.detach)
}

// runDetached is thv run -d.
func (o options) runDetached(ctx context.Context, read func() (plan, error)) error {
	p, err := read()
	if err != nil {
		return err
	}
	name, err := o.app.RunConfigs.NameOf(p.place(), p.spec)
	if err != nil {
		return err
	}
	if len(name) < 2 {
		return secret.Usagef("a detached workload's name has two letters at least, as a container's has; choose one with --name")
	}
	if err := errors.Join(o.taken(name), ofThisVersion(o.app, name)); err != nil {
		return err
	}
	st, err := o.launch(ctx, p)
	if err != nil {
		return err
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, st)
	}
	if st.URL != "" {
		o.app.Streams.Say("The server is to answer at %s.", st.URL)
	}
	_, err = fmt.Fprintln(o.app.Streams.Out, st.Name)
	return err
}

// taken refuses the name of what runs, detached or in the foreground.
func (o options) taken(name string) error {
	if o.app.Statuses.Alive(name) {
		return running(name)
	}
	return o.attendedBy(name)
}

// launch starts the run's supervisor, which saves it once it runs.
func (o options) launch(ctx context.Context, p plan) (status.Status, error) {
	path, err := o.app.EnginePath()
	if err != nil {
		return status.Status{}, err
	}
	prepared, err := o.ready(ctx, &p)
	if err != nil {
		return status.Status{}, err
	}
	name, done, err := o.turn(ctx, p)
	if err != nil {
		return status.Status{}, err
	}
	defer done()
	if err := o.app.RunConfigs.Check(p.spec); err != nil {
		return status.Status{}, fmt.Errorf("a detached workload is started from what is saved of it: %w", err)
	}
	o.sayKept(name, p.spec, prepared.Subjects())
	keys := access.Granted(prepared.Items())
	if err := o.app.RunConfigs.Grant(p.spec.Image, keys); err != nil {
		return status.Status{}, err
	}
	return starter.Start(ctx, starter.Launch{
		Path: path, Args: passedOn(o.app.Globals), Env: o.app.Environ.All(), Name: name,
		Message: starter.Message{
			Password: o.app.Unlocked(), Persist: o.persist, Spec: &p.spec, Granted: keys,
			Replaces: p.saved != name,
		},
		Progress: o.app.Streams.Err,
	})
}

// turn waits until nobody else starts a workload of the run's name, and answers that.
// What runs under it is saved while the turn is held: of two starts, the one that loses
// must not save over what the other runs.
func (o options) turn(ctx context.Context, p plan) (name string, done func(), err error) {
	for {
		if name, err = o.app.RunConfigs.NameOf(p.place(), p.spec); err != nil {
			return "", nil, err
		}
		if done, err = o.app.Statuses.Turn(ctx, name); err != nil {
			return "", nil, err
		}
		again, err := o.app.RunConfigs.NameOf(p.place(), p.spec)
		if err == nil && again == name {
			err = o.taken(name)
		}
		if err != nil {
			done()
			return "", nil, err
		}
		if again == name {
			return name, done, nil
		}
		done() // another image has taken the name meanwhile
	}
}

// ofThisVersion refuses a workload whose status a later thv has written.
func ofThisVersion(a *app.App, name string) error {
	if _, err := a.Statuses.Read(name); errors.Is(err, status.ErrLater) {
		return err
	}
	return nil
}

// unsaved says why nothing is saved of a workload that has run in the foreground; nil if
// none has.
func unsaved(a *app.App, name string) error {
	run, lives, known := a.Statuses.RunOf(name)
	switch {
	case !known:
		return nil
	case lives:
		return fmt.Errorf("%w: %s runs in the foreground, in process %d, and is not saved", secret.ErrNotFound, name, run.PID)
	}
	return fmt.Errorf("%w: a thv run of %s was killed before it was saved, so that nothing can be started; thv stop %s ends what it has left", secret.ErrNotFound, name, name)
}

func running(name string) error {
	return fmt.Errorf("%w: %s runs already; thv stop %s ends it, and --name chooses another name", secret.ErrConflict, name, name)
}

// one keeps starts that are made side by side from asking a person at once, and from
// closing each other's providers.
var one sync.Mutex

// ready resolves everything, so that what is missing is said here and the store is
// unlocked.
func (o options) ready(ctx context.Context, p *plan) (*inject.Prepared, error) {
	one.Lock()
	defer one.Unlock()
	p.terms.Detached = true
	prepared, err := inject.Prepare(o.app.Parts(), &p.spec, p.terms)
	if err != nil {
		return nil, p.placed(err)
	}
	_, err = prepared.Resolve(ctx, func(ctx context.Context, items []access.Item) error { return o.consent(ctx, *p, items) })
	if o.persist && errors.Is(err, secret.ErrUnavailable) {
		err = nil // the supervisor tries again
	}
	if err != nil {
		return nil, err
	}
	return prepared, nil
}

// passedOn are the options of this command that are the supervisor's too.
func passedOn(g app.Globals) []string {
	if g.NoResident {
		return []string{"--no-resident"}
	}
	return nil
}

// StartOptions say how Start starts.
type StartOptions struct {
	// Yes answers what would be asked.
	Yes bool
	// Ignore are the protective fields that are not to be heeded.
	Ignore []string
	// Persist has a start tried again that fails because the engine does not
	// answer: the status then says Restarting.
	Persist bool
}

// endingWait bounds the wait for a command that ends what a supervisor has left.
const endingWait = time.Minute

// Start starts what is saved under name, detached. Where it runs already the error
// is status.ErrHeld.
func Start(ctx context.Context, a *app.App, name string, s StartOptions) (status.Status, error) {
	o := options{app: a, detach: true, yes: s.Yes, persist: s.Persist, from: name, ignored: s.Ignore}
	if a.Statuses.Supervised(name, endingWait) {
		return status.Status{}, status.ErrHeld
	}
	if err := ofThisVersion(a, name); err != nil {
		return status.Status{}, err
	}
	spec, err := a.RunConfigs.Load(name)
	if errors.Is(err, secret.ErrNotFound) {
		err = cmp.Or(unsaved(a, name), err)
	}
	if err != nil {
		return status.Status{}, err
	}
	p := plan{spec: spec, from: name, saved: name, terms: inject.Terms{System: true, Reserved: true, Container: true}}
	if p.spec.Name = name; spec.Image == "" {
		return status.Status{}, secret.Usagef("the RunConfig saved as %s names no image", name)
	}
	if err := errors.Join(o.protect(&p.spec), complete(&p.spec)); err != nil {
		return status.Status{}, fmt.Errorf("the RunConfig saved as %s: %w", name, err)
	}
	if err := o.attendedBy(name); err != nil {
		return status.Status{}, err
	}
	st, err := o.launch(ctx, p)
	if err != nil && s.Persist && st.Name != "" && errors.Is(err, secret.ErrUnavailable) {
		return st, nil
	}
	return st, err
}
