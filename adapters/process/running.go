package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/thv-secrets/thv/core/workload"
)

// running is a workload.Process.
type running struct {
	cmd    *exec.Cmd // the process, or its monitor
	child  int       // what is waited for: the process, or its monitor
	pid    int       // the process
	group  bool      // whether the process leads a process group
	typed  bool      // whether In is a terminal: the process's own, or the one that we share with it
	shared bool      // whether the process is in our group, with keyboard as its terminal
	grace  time.Duration

	monitor *link          // nil without one
	stops   chan os.Signal // has the last stop that was not taken yet
	halted  atomic.Int32   // the signal that stopped the process, 0 once it is continued

	theirs   []*os.File // the process's ends of the streams
	input    *input     // nil where the process has its input itself
	outputs  []*output
	terminal *os.File // our end of the pseudo-terminal, nil without one
	keyboard *os.File

	ended  chan struct{} // closed when the process has ended
	done   chan struct{} // closed when nothing of it is left here
	status int
	err    error

	reaping sync.Mutex // held while a signal is sent, so that none goes to another process
	reaped  bool

	ending sync.Once
	// whether the process has had one of the terminal's, as it is taken for
	interrupted, quit atomic.Bool
}

// run starts the process and waits for its exit. It stays on one thread, since Linux kills the
// process when the thread that started it ends.
func (p *running) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.begin()
	p.cmd.Env = nil // holds values
	p.closeTheirs()
	if err != nil {
		p.disconnect()
		started <- err
		return
	}
	if p.input != nil {
		p.input.start()
	}
	for _, o := range p.outputs {
		go o.copy()
	}
	started <- nil
	p.status, p.err = p.await()
	close(p.ended)
	p.finish()
	close(p.done)
}

// finish waits for the last output and closes the streams.
func (p *running) finish() {
	if p.input != nil {
		p.input.stop()
	}
	limit := time.Now().Add(drainTime)
	for _, o := range p.outputs {
		o.expire(limit)
	}
	for _, o := range p.outputs {
		if err := o.finish(limit); err != nil && p.err == nil {
			p.err = fmt.Errorf("write the process's output: %w", err)
		}
	}
	p.disconnect()
}

func (p *running) closeTheirs() {
	for _, file := range p.theirs {
		_ = file.Close()
	}
	p.theirs = nil
}

func (p *running) disconnect() {
	p.closeTheirs()
	p.monitor.close()
	if p.input != nil {
		_ = p.input.to.Close()
	}
	for _, o := range p.outputs {
		_ = o.from.Close()
	}
}

// Wait implements workload.Process. It returns an error of a stream's writer together with the
// status, except for a broken pipe: the process's pipe breaks too, and the process decides how
// to exit.
func (p *running) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.done:
		return p.status, p.err
	default:
	}
	select {
	case <-p.done:
		return p.status, p.err
	case <-ctx.Done():
		p.ending.Do(p.end)
		<-p.done
		return p.status, ctx.Err()
	}
}

// end stops the process and its children.
func (p *running) end() {
	tree := p.tree()
	defer tree.release()
	tree.signal(terminate)
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	}
	tree.signal(os.Kill)
	if p.monitor != nil {
		_ = p.send(p.child, os.Kill)
	}
}

// Stops implements workload.JobControlled.
func (p *running) Stops() <-chan os.Signal { return p.stops }

// stopped reports a stop. Only one goroutine calls it.
func (p *running) stopped(sig os.Signal) {
	select {
	case <-p.stops: // it was not taken, and it is over
	default:
	}
	p.stops <- sig
}

// Signal implements workload.Process; see [Runtime] for the receivers of each signal. It returns
// os.ErrProcessDone after the process has exited.
func (p *running) Signal(_ context.Context, sig os.Signal) error {
	select {
	case <-p.ended:
		return os.ErrProcessDone
	default:
	}
	if err := p.signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal the process: %w", err)
	} else if err != nil {
		return os.ErrProcessDone
	}
	return nil
}

// Resize implements workload.Process. It does nothing without a terminal.
func (p *running) Resize(_ context.Context, size workload.Size) error {
	if p.terminal == nil {
		return nil
	}
	select {
	case <-p.ended:
		return os.ErrProcessDone
	default:
		return setSize(p.terminal, size)
	}
}
