package supervisor

import (
	"fmt"
	"sync"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
)

// record is the status as it is written. If it cannot be written, the workload keeps
// running, and the next change tries again.
type record struct {
	store *status.Store
	// unwritten reports why the status cannot be written; after a success it is not called
	// until the status has been written again.
	unwritten func(error) error

	mu       sync.Mutex
	status   status.Status
	err      error
	reported bool
}

// update changes the status and writes it.
func (r *record) update(change func(*status.Status)) {
	r.mu.Lock()
	r.write(change)
	err, reported := r.err, r.reported
	r.mu.Unlock()
	if err == nil || reported || r.unwritten(err) != nil {
		return
	}
	r.mu.Lock()
	r.reported = r.err != nil
	r.mu.Unlock()
}

// write is for the holder of mu.
func (r *record) write(change func(*status.Status)) {
	change(&r.status)
	r.err = r.store.Write(r.status)
	r.reported = r.reported && r.err != nil
}

// setState moves to state, and applies change to the status with it.
func (r *record) setState(state status.State, change func(*status.Status)) {
	r.update(func(st *status.Status) {
		st.To(state, time.Now())
		if change != nil {
			change(st)
		}
	})
}

// now returns the status, and why it could not be written.
func (r *record) now() (status.Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status, r.err
}

// logUnwritten writes to the log why the status cannot be written.
func (s *Supervisor) logUnwritten(err error) error {
	_, err = fmt.Fprintf(s.log.Stream(logfile.Err), "thv: the status cannot be written, and thv list shows an old one: %v\n", err)
	return err
}

// logProblem writes to the status what is wrong with the log. If the status cannot be written
// either, that is not logged, since the log, which calls logProblem, is locked.
func (s *Supervisor) logProblem(err error) {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	s.record.write(func(st *status.Status) {
		st.LogProblem = ""
		if err != nil {
			st.LogProblem = err.Error()
		}
	})
}

// ended is the end of a workload for the status.
func ended(exit int, err error) *status.End {
	end := &status.End{Time: time.Now(), ExitCode: exit}
	if f := control.NewFailure(err); f != nil {
		end.ExitCode, end.Class, end.Message = f.ExitCode, f.Class, f.Message
	}
	return end
}
