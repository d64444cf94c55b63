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
	cmd   *exec.Cmd
	group bool // whether the process leads a process group
	grace time.Duration

	theirs   []*os.File // the process's ends of the streams
	input    *input     // nil where the process has its input itself
	outputs  []*output
	terminal *os.File // our end of the pseudo-terminal, nil without one

	ended  chan struct{} // closed when the process has ended
	done   chan struct{} // closed when nothing of it is left here
	status int
	err    error

	ending sync.Once
	// whether the process has had one of the terminal's, as it is taken for
	interrupted, quit atomic.Bool
}

// run starts the process and sees it to its end. It stays on one thread, since
// Linux ends the process with the thread that started it.
func (p *running) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dieWithThread(p.cmd)
	err := p.cmd.Start()
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
	state, err := p.cmd.Process.Wait()
	close(p.ended)
	p.err = err
	if err == nil {
		p.status = status(state)
	}
	p.finish()
	close(p.done)
}

// finish waits for the last output and closes what is open.
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
	if p.input != nil {
		_ = p.input.to.Close()
	}
	for _, o := range p.outputs {
		_ = o.from.Close()
	}
}

// Wait implements workload.Process. An error of a stream's writer is returned
// together with the status, except for a broken pipe: that breaks the process's
// pipe too, and it is up to the process how it ends.
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

// end ends the process and what it started.
func (p *running) end() {
	family := p.family()
	defer family.release()
	family.signal(terminate)
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	}
	family.signal(os.Kill)
}

// Signal implements workload.Process; see Runtime for who gets what. It returns
// os.ErrProcessDone once the process has ended.
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
