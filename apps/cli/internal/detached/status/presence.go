package status

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	// runsName is the directory of foreground runs in the directory of statuses.
	runsName  = "runs"
	runIDSize = 16
	// forgetAfter is the minimum time for which a killed run is remembered, since the engine
	// may still be creating its container.
	forgetAfter = 5 * time.Minute
)

// Run is a run in the foreground.
type Run struct {
	// ID is the run's own. No other has it, on any machine.
	ID string `json:"id"`
	// Name is the name of the workload, and Container the requested name of its container;
	// empty if the engine chooses.
	Name      string    `json:"name"`
	Container string    `json:"container,omitempty"`
	Image     string    `json:"image,omitempty"`
	PID       int       `json:"pid"`
	Began     time.Time `json:"began"`
}

// Presence proves that the command of a Run is alive. It is a lock, which the system
// releases however the command ends.
type Presence struct {
	Run
	store *Store
	held  *flock.Flock
}

// Announce records the beginning of run under a new ID. If a live run has requested the same
// Container, a number is added to it.
func (s *Store) Announce(ctx context.Context, run Run) (*Presence, error) {
	if err := os.MkdirAll(s.runs(), 0o700); err != nil {
		return nil, s.writable(fmt.Errorf("%w: %w", secret.ErrUnavailable, err))
	}
	// One at a time, so that two do not take the same name.
	choosing := flock.New(filepath.Join(s.runs(), ".choosing"), flock.SetPermissions(0o600))
	if mine, err := choosing.TryLockContext(ctx, 5*time.Millisecond); err != nil || !mine {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, errors.Join(err, ctx.Err()))
	}
	defer func() { _ = choosing.Unlock() }()
	alive, _, err := s.Runs()
	if err != nil {
		return nil, err
	}
	run.Container = free(run.Container, alive)
	id := make([]byte, runIDSize)
	_, _ = rand.Read(id) // which never fails
	run.ID, run.PID, run.Began = hex.EncodeToString(id), os.Getpid(), time.Now().UTC()
	p := &Presence{run, s, flock.New(s.runLock(run.ID), flock.SetPermissions(0o600))}
	if mine, err := p.held.TryLockContext(ctx, time.Millisecond); err != nil || !mine { // one that looks shares it for a moment
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, errors.Join(err, fs.ErrExist))
	}
	if err := s.describe(run); err != nil {
		p.End(true)
		return nil, err
	}
	return p, nil
}

// describe writes the description of run. On a full disk only its lock shows that it exists.
func (s *Store) describe(run Run) error {
	text, err := json.Marshal(run)
	if err == nil {
		err = os.WriteFile(s.runPath(run.ID), append(text, '\n'), 0o600)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return nil
}

// free is the first of container, container-2 and so on that no run of alive has.
func free(container string, alive []Run) string {
	name := container
	for n := 2; name != "" && slices.ContainsFunc(alive, func(r Run) bool { return r.Container == name }); n++ {
		name = fmt.Sprintf("%s-%d", container, n)
	}
	return name
}

// End ends the presence. If the run has left nothing, it is forgotten; otherwise later commands
// search for its remains.
func (p *Presence) End(nothingLeft bool) {
	if nothingLeft {
		_ = os.Remove(p.store.runPath(p.ID))
		defer os.Remove(p.store.runLock(p.ID)) // Windows removes only what is closed
	}
	_ = p.held.Unlock()
}

// Present reports whether the command of the run id is alive. It returns true for an ID that this
// version did not create.
func (s *Store) Present(id string) bool {
	if bits, err := hex.DecodeString(id); err != nil || len(bits) != runIDSize {
		return true
	}
	return locked(s.runLock(id))
}

// Runs returns the runs whose command lives, and those whose command was killed and
// that have not been forgotten.
func (s *Store) Runs() (alive, gone []Run, err error) {
	entries, err := os.ReadDir(s.runs())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	for _, entry := range entries {
		id, found := strings.CutSuffix(entry.Name(), lockSuffix)
		if bits, err := hex.DecodeString(id); !found || err != nil || len(bits) != runIDSize {
			continue
		}
		lives := s.Present(id)
		run := Run{ID: id}
		if text, err := os.ReadFile(s.runPath(id)); err == nil && json.Unmarshal(text, &run) == nil {
			run.ID = id
		}
		if lives {
			alive = append(alive, run)
			continue
		}
		if _, err := os.Stat(s.runLock(id)); err == nil { // it may just have ended
			gone = append(gone, run)
		}
	}
	return alive, gone, nil
}

// Forget forgets a killed run that has left nothing. It keeps one that began just now, since the
// engine may still create its container.
func (s *Store) Forget(run Run) {
	path := s.runLock(run.ID)
	info, err := os.Stat(path)
	if err != nil || time.Since(info.ModTime()) < forgetAfter || s.Present(run.ID) {
		return
	}
	_ = os.Remove(s.runPath(run.ID))
	_ = os.Remove(path)
}

// Attended returns the run that lives and has asked for container; none has asked for
// the empty name.
func (s *Store) Attended(container string) (Run, bool) {
	if container == "" {
		return Run{}, false
	}
	alive, _, _ := s.Runs() // what cannot be read has none
	for _, run := range alive {
		if run.Container == container {
			return run, true
		}
	}
	return Run{}, false
}

// RunOf returns a foreground run of the workload name, preferably a live one, whether its
// command is alive, and whether there is such a run.
func (s *Store) RunOf(name string) (run Run, lives, known bool) {
	alive, gone, _ := s.Runs() // what cannot be read has none
	for i, run := range append(alive, gone...) {
		if run.Name == name {
			return run, i < len(alive), true
		}
	}
	return Run{}, false, false
}

func (s *Store) runs() string { return filepath.Join(s.own.Statuses, runsName) }

func (s *Store) runPath(id string) string { return filepath.Join(s.runs(), id+suffix) }

func (s *Store) runLock(id string) string { return filepath.Join(s.runs(), id+lockSuffix) }
