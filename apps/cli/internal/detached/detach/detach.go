// Package detach starts described workloads detached: it checks the requirements of the plan,
// asks for consent and resolves the secrets, so that the command reports missing values. Then it
// hands the plan to a supervisor, which resolves the secrets again, starts the workload and then
// saves it.
package detach

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/handoff"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Detacher starts workloads detached. All fields but Progress are set.
type Detacher struct {
	Parts      inject.Parts
	Consent    consent.Consent
	Describer  describe.Describer
	RunConfigs *runconfig.Store
	Statuses   *status.Store
	// EnginePath returns the path of the supervisor's executable. Args are the options of
	// this command that the supervisor gets too, and Env is its environment.
	EnginePath func() (string, error)
	Args, Env  []string
	// Unlocked is the store's password, if the store was opened.
	Unlocked func() secret.Value
	// Progress receives messages about the start for the user.
	Progress io.Writer
	// HandOver starts the supervisor: handoff.Start.
	HandOver func(context.Context, handoff.Launch) (status.Status, error)
}

// Run starts p, which is not saved yet or comes from a RunConfig. If a workload of its
// name runs the error is secret.ErrConflict.
func (d Detacher) Run(ctx context.Context, p describe.Plan) (status.Status, error) {
	name, err := d.RunConfigs.NameOf(p.SaveTarget(), p.Spec)
	if err != nil {
		return status.Status{}, err
	}
	if len(name) < 2 {
		return status.Status{}, secret.Usagef("a detached workload's name has two letters at least, as a container's has; choose one with --name")
	}
	if err := cmp.Or(d.taken(name), d.ofThisVersion(name)); err != nil {
		return status.Status{}, err
	}
	return d.launch(ctx, p, false)
}

// Options are the options of [Detacher.Start].
type Options struct {
	// Ignore are the protective fields that are not to be heeded.
	Ignore []string
	// Persist retries a start that fails because the engine does not respond; the status is
	// Restarting then.
	Persist bool
}

// endWait is the maximum wait for a command that cleans up after a supervisor.
const endWait = time.Minute

// Start starts the workload that is saved under name. It returns [status.ErrHeld] if the
// workload already runs.
func (d Detacher) Start(ctx context.Context, name string, o Options) (status.Status, error) {
	if d.Statuses.WaitSupervised(name, endWait) {
		return status.Status{}, status.ErrHeld
	}
	if err := d.ofThisVersion(name); err != nil {
		return status.Status{}, err
	}
	p, err := d.Describer.Saved(name, o.Ignore)
	if errors.Is(err, secret.ErrNotFound) {
		err = cmp.Or(d.unsaved(name), err)
	}
	if err != nil {
		return status.Status{}, err
	}
	if err := d.attended(name); err != nil {
		return status.Status{}, err
	}
	st, err := d.launch(ctx, p, o.Persist)
	if err != nil && o.Persist && st.Name != "" && errors.Is(err, secret.ErrUnavailable) {
		return st, nil
	}
	return st, err
}

// launch starts the supervisor of p.
func (d Detacher) launch(ctx context.Context, p describe.Plan, persist bool) (status.Status, error) {
	path, err := d.EnginePath()
	if err != nil {
		return status.Status{}, err
	}
	if err := d.startable(p); err != nil {
		return status.Status{}, err
	}
	prepared, err := d.prepare(ctx, &p, persist)
	if err != nil {
		return status.Status{}, err
	}
	name, done, err := d.lockName(ctx, p)
	if err != nil {
		return status.Status{}, err
	}
	defer done()
	if err := d.startable(p); err != nil { // prepare has completed it
		return status.Status{}, err
	}
	d.sayKept(name, p.Spec, prepared.Secrets())
	keys := access.Granted(prepared.Items())
	if err := d.RunConfigs.Grant(p.Spec.Image, keys); err != nil {
		return status.Status{}, err
	}
	return d.HandOver(ctx, handoff.Launch{
		Path: path, Args: d.Args, Env: d.Env, Name: name,
		Request: handoff.StartRequest{
			Password: d.Unlocked(), Persist: persist, Spec: &p.Spec, Granted: keys,
			Replaces: p.Saved != name,
		},
		Progress: d.Progress,
	})
}

// startable refuses what cannot be saved.
func (d Detacher) startable(p describe.Plan) error {
	if err := d.RunConfigs.Check(p.Spec); err != nil {
		return fmt.Errorf("a detached workload is started from what is saved of it: %w", err)
	}
	return nil
}

// preparing keeps starts that are made side by side from asking the user at once, and from
// closing each other's providers.
var preparing sync.Mutex

// prepare resolves everything, so that this command reports missing values and unlocks the store.
func (d Detacher) prepare(ctx context.Context, p *describe.Plan, persist bool) (*inject.Prepared, error) {
	preparing.Lock()
	defer preparing.Unlock()
	p.Prepare.Detached = true
	prepared, err := inject.Prepare(d.Parts, &p.Spec, p.Prepare)
	if err != nil {
		return nil, p.WrapError(err)
	}
	_, err = prepared.Resolve(ctx, func(ctx context.Context, items []access.Item) error { return d.Consent.Ask(ctx, *p, items) })
	if persist && errors.Is(err, secret.ErrUnavailable) {
		err = nil // the supervisor tries again
	}
	if err != nil {
		return nil, err
	}
	return prepared, nil
}

// GrantMore asks whether a running workload may get the items that its supervisor has refused,
// and saves the grant.
func (d Detacher) GrantMore(ctx context.Context, refused *access.UngrantedError) error {
	preparing.Lock()
	defer preparing.Unlock()
	if err := d.Consent.To(ctx, refused.Workload, refused.Image, refused.Items); err != nil {
		return err
	}
	keys := access.Keys(refused.Items)
	if err := d.RunConfigs.Grant(refused.Image, keys); err != nil {
		return err
	}
	return d.RunConfigs.GrantMoreTo(refused.Workload, refused.Image, keys)
}

// sayKept reports which variables of the workload name keep their values after a signal.
func (d Detacher) sayKept(name string, spec workload.Spec, secrets []inject.BoundSecret) {
	change, _ := workload.ParseSecretChange(spec.OnSecretChange) // which was looked at
	var variables []string
	for _, s := range secrets {
		if s.Mode == 0 {
			variables = append(variables, s.Target)
		}
	}
	if change.Signal == "" || len(variables) == 0 {
		return
	}
	d.Parts.Dialog.Say("A running process can be given no other variables: %s keeps its value until thv restart %s. A file (target=/run/secrets/NAME) is rewritten; --%s restart suits both.",
		strings.Join(variables, ", "), name, describe.OnSecretChange)
}
