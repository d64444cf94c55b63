// Package inventory lists what every workload does. The state comes from its supervisor
// if that is alive, and from the engine otherwise, whose answer is then written to the
// status file.
package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Lister is one look at the workloads. Make it with New for a command.
type Lister struct {
	statuses   *status.Store
	runConfigs *runconfig.Store
	engine     func(context.Context) (workload.Runtime, error)
	sockets    []string

	// searcher is the engine, once it had to be asked.
	searcher workload.Finder
	// alive are the foreground runs. gone are those whose command was killed, and left
	// what they have left, by the workload's name. under are the statuses of the
	// workloads whose name a foreground run has.
	alive, gone []status.Run
	left        map[string]*leftover
	under       map[string]status.Status
	// EngineErr is why the engine, when it had to be queried, gave no answer; nil if it
	// gave one.
	EngineErr error
}

// Config configures a [Lister]. All fields are required.
type Config struct {
	Statuses   *status.Store
	RunConfigs *runconfig.Store
	// Engine opens the container engine.
	Engine func(context.Context) (workload.Runtime, error)
	// SocketFolders are searched for the sockets of supervisors, in this order.
	SocketFolders []string
}

// New returns a Lister of the workloads of c.
func New(c Config) *Lister {
	return &Lister{statuses: c.Statuses, runConfigs: c.RunConfigs, engine: c.Engine, sockets: c.SocketFolders}
}

// All returns every workload that was ever detached, foreground runs, and the containers that
// killed foreground runs have left, sorted by name. A workload whose status a later version has
// written is [status.Later]. The engine is queried only if a supervisor or a foreground run has
// crashed. Opening the engine may replace this process, so nothing may have been done before.
func (r *Lister) All(ctx context.Context) ([]status.Status, error) {
	names, err := r.statuses.Names()
	if err != nil {
		return nil, err
	}
	all, failed, err := r.list(ctx, names, true)
	for _, name := range names {
		switch err := failed[name]; {
		case errors.Is(err, status.ErrLater):
			all = append(all, status.Status{Schema: status.Schema, Name: name, State: status.Later, LastEnd: problem(err)})
		case err != nil:
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b status.Status) int { return cmp.Compare(a.Name, b.Name) })
	return all, err
}

// Of returns the workloads of names that are known, in their order, and an error for
// each of the others, by name. One that is only saved is status.Saved. A name that
// cannot be one is the error of all: nothing has been looked at then.
func (r *Lister) Of(ctx context.Context, names []string) (known []status.Status, unknown map[string]error, err error) {
	for _, name := range names {
		if err := runconfig.CheckName(name); err != nil {
			return nil, nil, err
		}
	}
	return r.list(ctx, names, false)
}

// One returns the workload name.
func (r *Lister) One(ctx context.Context, name string) (status.Status, error) {
	known, unknown, err := r.Of(ctx, []string{name})
	if err == nil {
		err = unknown[name]
	}
	if err != nil {
		return status.Status{}, err
	}
	return known[0], nil
}

// Saved returns the workloads that have a RunConfig and are not among known.
func (r *Lister) Saved(known []status.Status) ([]status.Status, error) {
	names, err := r.runConfigs.List()
	if err != nil {
		return nil, err
	}
	var saved []status.Status
	for _, name := range names {
		if !slices.ContainsFunc(known, func(st status.Status) bool { return st.Name == name }) {
			saved = append(saved, r.saved(name))
		}
	}
	return saved, nil
}

func (r *Lister) saved(name string) status.Status {
	st := status.Status{Schema: status.Schema, Name: name, State: status.Saved, Other: r.statuses.Other(name)}
	if spec, err := r.runConfigs.Load(name); err == nil {
		st.Image, st.Transport, st.Restart = spec.Image, spec.Transport, spec.Restart
	}
	return st
}

// list reads the statuses of names, and reconciles doubtful ones with the engine. With every it
// adds the remains under other names.
func (r *Lister) list(ctx context.Context, names []string, every bool) (all []status.Status, failed map[string]error, err error) {
	all, failed, doubts := r.readAll(names)
	if r.alive, r.gone, err = r.statuses.Runs(); err != nil {
		return nil, nil, err
	}
	if !doubts && len(r.gone) == 0 {
		return r.merge(all, names, failed, every), failed, nil
	}
	found, err := r.queryEngine(ctx)
	if err != nil {
		return nil, nil, err
	}
	found = r.foreground(found)
	for i, st := range all {
		if !r.doubtful(st) {
			continue
		}
		if all[i], err = r.reconcile(ctx, st, found); err != nil {
			return nil, nil, err
		}
	}
	return r.merge(all, names, failed, every), failed, nil
}

// readers is the number of statuses that are read concurrently.
const readers = 4

// readAll returns the statuses that could be read, and why the others could not, by
// name.
func (r *Lister) readAll(names []string) (all []status.Status, failed map[string]error, doubts bool) {
	all = make([]status.Status, len(names))
	errs := make([]error, len(names))
	var next atomic.Int64
	var doubtful atomic.Bool
	var wait sync.WaitGroup
	for range min(readers, len(names)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				if all[i], errs[i] = r.read(names[i]); errs[i] == nil && r.doubtful(all[i]) {
					doubtful.Store(true)
				}
			}
		})
	}
	wait.Wait()
	failed = map[string]error{}
	known := all[:0]
	for i, err := range errs {
		if err != nil {
			failed[names[i]] = err
			continue
		}
		known = append(known, all[i])
	}
	return known, failed, doubtful.Load()
}

func (r *Lister) read(name string) (status.Status, error) {
	st, err := r.statuses.Read(name)
	switch {
	case errors.Is(err, secret.ErrCorrupt):
		return status.Status{Schema: status.Schema, Name: name, State: status.Damaged, LastEnd: problem(err)}, nil
	case errors.Is(err, secret.ErrNotFound):
		if _, saved := r.runConfigs.Load(name); errors.Is(saved, secret.ErrNotFound) {
			if other := r.statuses.Other(name); other != nil {
				return st, fmt.Errorf("%w: %s is a workload of %s (%s), and thv has none of this name; thv list --all lists all",
					secret.ErrNotFound, name, other.Program, other.Status)
			}
			return st, fmt.Errorf("%w: there is no workload %s; thv list --all lists all", secret.ErrNotFound, name)
		}
		return r.saved(name), nil
	}
	return st, err
}

// doubtful reports whether the status may be outdated.
func (r *Lister) doubtful(st status.Status) bool {
	switch st.State {
	case status.Unsupervised, status.Unknown, status.Damaged:
	// The engine may still have been making the container when it was asked.
	case status.Lost:
	default:
		if !st.State.Live() {
			return false
		}
	}
	return !r.statuses.HasSupervisor(st.Name)
}

// queryEngine asks the engine once for all containers of this user, after it has removed those
// that never ran. If that fails, it sets EngineErr.
func (r *Lister) queryEngine(ctx context.Context) ([]workload.Instance, error) {
	owner, err := r.statuses.Owner()
	if err != nil {
		return nil, err
	}
	runtime, err := r.engine(ctx)
	if err != nil {
		r.EngineErr = err
		return nil, nil
	}
	searcher, ok := runtime.(workload.Finder)
	if !ok {
		return nil, nil
	}
	err = supervisor.Sweep(ctx, runtime, r.statuses)
	var found []workload.Instance
	if err == nil {
		found, err = searcher.Find(ctx, supervisor.Labels(owner))
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		r.EngineErr = err
		return nil, nil
	}
	r.searcher = searcher
	return found, nil
}

// reconcile updates the status that a supervisor has left by the state in the engine.
func (r *Lister) reconcile(ctx context.Context, st status.Status, found []workload.Instance) (status.Status, error) {
	if r.EngineErr != nil && st.State == status.Lost {
		return st, nil // the engine has said so once
	}
	if r.EngineErr != nil {
		st.To(status.Unknown, time.Now())
		st.LastEnd = problem(r.EngineErr)
		return st, nil
	}
	lock, err := r.statuses.Lock(st.Name)
	if errors.Is(err, status.ErrHeld) {
		return r.read(st.Name) // another command is starting it
	}
	if err != nil {
		return st, err
	}
	defer lock.Release()
	// Under the lock, this is the last status that the dead supervisor wrote.
	if now, err := r.read(st.Name); err != nil || !uncertain(now.State) {
		return now, err
	}
	was := st.State
	if err := r.conclude(ctx, &st, found); err != nil || st.State == was && was == status.Lost {
		return st, err
	}
	return st, r.statuses.Write(st)
}

func uncertain(state status.State) bool {
	return state.Live() || state == status.Unsupervised || state == status.Unknown || state == status.Damaged || state == status.Lost
}

// conclude determines whether the container of st runs, and removes it if it does not.
func (r *Lister) conclude(ctx context.Context, st *status.Status, found []workload.Instance) error {
	was := st.State
	if was == status.Damaged {
		st.ShouldRun = true // what is written whenever a workload starts is what is cut off
		if spec, err := r.runConfigs.Load(st.Name); err == nil {
			st.Image, st.Transport, st.Restart = spec.Image, spec.Transport, spec.Restart
		}
	}
	for _, f := range found {
		if f.Labels[supervisor.LabelName] != st.Name {
			continue
		}
		if f.Running {
			if was != status.Unsupervised {
				st.To(status.Unsupervised, time.Now())
			}
			st.Container = f.ID
			return nil
		}
		if r.searcher != nil {
			if err := r.searcher.Remove(ctx, f.ID, 0); err != nil {
				return err
			}
		}
	}
	if was == status.Lost {
		return nil
	}
	st.To(status.Lost, time.Now())
	if was != status.Damaged {
		st.LastEnd = &status.End{Time: time.Now(), ExitCode: 1, Class: secret.ClassUnavailable, Message: "its supervisor went away, and the container is gone"}
	}
	return nil
}

func problem(err error) *status.End {
	return &status.End{Time: time.Now(), ExitCode: 1, Class: secret.ClassOf(err), Message: err.Error()}
}

// Supervised reports whether name has a supervisor. It waits for one that is exiting.
func (r *Lister) Supervised(name string) bool { return r.statuses.WaitSupervised(name, status.EndWait) }
