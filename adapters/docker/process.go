package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// process is a running container.
type process struct {
	runtime *Runtime
	id      string
	streams workload.Streams
	conn    *attachment
	// handover has the values that are delivered outside of the configuration; refreshing is
	// held while its files are replaced.
	handover   handover
	refreshing sync.Mutex

	// forget cancels the request that waits for the container's exit, whose response is sent
	// to exit, once.
	forget context.CancelFunc
	exit   chan exit
	output chan error

	stopOnce sync.Once
	stop     chan struct{}

	// done is closed after the cleanup; status and err are set before.
	done   chan struct{}
	status int
	err    error

	began time.Time
	// said is the beginning of the output. It is complete once output has received.
	said headWriter
}

type exit struct {
	status int
	// removal is true if the Engine failed to remove the container.
	removal bool
	err     error
}

var _ workload.Process = (*process)(nil)

func newProcess(r *Runtime, id string, streams workload.Streams, h handover) *process {
	return &process{
		runtime: r, id: id, streams: streams, handover: h,
		forget: func() {},
		exit:   make(chan exit, 1), output: make(chan error, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
}

// attach connects to the container's streams.
func (p *process) attach(ctx context.Context, say screen) error {
	bounded, cancel := context.WithTimeout(ctx, p.runtime.limits.call)
	defer cancel()
	bounded, watch := withWatch(bounded)
	conn, err := p.runtime.api.ContainerAttach(bounded, p.id, container.AttachOptions{
		Stream: true, Stdin: p.streams.In != nil || p.handover.needed(), Stdout: true, Stderr: true,
		DetachKeys: detachNever,
	})
	stopped := watch.stop()
	if err == nil && !stopped {
		conn.Close()
		err = bounded.Err()
	}
	if err != nil {
		var refusal *engineRefusal
		if refused := watch.refusal(err, say); errors.As(refused, &refusal) || bounded.Err() == nil {
			return refused
		}
		return bounded.Err()
	}
	watch.taken()
	p.conn = &attachment{HijackedResponse: conn}
	return nil
}

// askForEnd asks the Engine to report the removal of the container, and returns once the
// Engine has accepted the request, so that an exit cannot be missed.
func (p *process) askForEnd(ctx context.Context) error {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.forget = cancel
	defer context.AfterFunc(ctx, cancel)()
	timer := time.AfterFunc(p.runtime.limits.call, cancel)
	results, faults := p.runtime.api.ContainerWait(lasting, p.id, container.WaitConditionRemoved)
	inTime := timer.Stop()
	select {
	case err := <-faults:
		cancel()
		return err
	default:
	}
	go func() {
		select {
		case result := <-results:
			p.exit <- exit{status: int(result.StatusCode), removal: result.Error != nil}
		case err := <-faults:
			p.exit <- exit{err: err}
		}
	}()
	if !inTime {
		return context.DeadlineExceeded
	}
	return nil
}

// abandon releases the connections of attach and askForEnd.
func (p *process) abandon() {
	p.forget()
	if p.conn != nil {
		p.conn.Close()
	}
}

// begin starts to copy the streams and to wait for the exit.
func (p *process) begin() {
	go func() {
		if p.streams.Terminal {
			p.output <- copyRaw(p.conn, p.said.tee(p.streams.Out))
			return
		}
		p.output <- demultiplex(p.conn, p.streams.Out, p.said.tee(p.streams.Err))
	}()
	if p.streams.In != nil {
		go func() {
			if err := p.conn.feed(p.streams.In, p.streams.Terminal); err != nil {
				p.runtime.log.Warn(p.runtime.program()+": reading the workload's input", "error", err)
			}
		}()
	}
	go p.supervise()
}

func (p *process) supervise() {
	defer close(p.done)
	defer p.abandon()
	output := p.output
	for {
		select {
		case e := <-p.exit:
			p.ended(e, output)
			return
		case err := <-output:
			if err != nil {
				p.end(p.outputFailed(err), nil)
				return
			}
			output = nil // closed by the workload, which still runs
		case <-p.stop:
			p.end(nil, output)
			return
		}
	}
}

// ended handles a workload that has exited according to the Engine.
func (p *process) ended(e exit, output chan error) {
	if e.err != nil {
		p.end(p.engineGone(), output)
		return
	}
	p.status = e.status
	if p.runtime.isPodman() {
		p.status, p.err = p.runtime.statusOf(context.Background(), p.id, p.began)
	}
	if e.removal {
		p.err = errors.Join(p.err, p.runtime.remove(context.Background(), p.id))
	}
	p.conn.expectEnd()
	if output != nil {
		select {
		case err := <-output:
			if err != nil {
				p.err = errors.Join(p.outputFailed(err), p.err)
			}
		case <-p.stop:
			return
		}
	}
	p.status = p.notExecuted(p.status)
}

// end stops and removes the workload because of cause. output is nil if the output has ended.
// The Engine does not remove a container whose output is not read, so the connection is closed
// if Out accepts no more data.
func (p *process) end(cause error, output chan error) {
	removed := make(chan error, 1)
	go func() { removed <- p.runtime.remove(context.Background(), p.id) }()
	if output != nil {
		select {
		case err := <-output:
			p.runtime.log.Debug(p.runtime.program()+": the output of a workload that has to end", "error", err)
		case <-time.After(p.runtime.limits.drain):
		}
	}
	p.conn.Close()
	p.err = errors.Join(cause, <-removed)
}

func (p *process) outputFailed(err error) error {
	if errors.Is(err, errWriting) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, p.runtime.engine(), cause(err))
}

// cause returns err without the details that a connection's error adds.
func cause(err error) error {
	if errors.Is(err, errCut) {
		return errCut
	}
	return err
}

func (p *process) engineGone() error {
	return fmt.Errorf("%w: %s went away while the container %.12s ran; start it again (%s)",
		secret.ErrUnavailable, p.runtime.engine(), p.id, p.runtime.startLine())
}

// Wait waits for the exit. It may be called any number of times.
func (p *process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.done:
		return p.status, p.err
	case <-ctx.Done():
	}
	p.stopOnce.Do(func() { close(p.stop) })
	<-p.done
	if p.err != nil {
		return p.status, fmt.Errorf("%w; %w", ctx.Err(), p.err)
	}
	return p.status, ctx.Err()
}

// Signal sends sig to the workload. It returns os.ErrProcessDone if the workload has exited.
func (p *process) Signal(ctx context.Context, sig os.Signal) error {
	name, err := signalName(sig)
	if err != nil {
		return err
	}
	return p.call(ctx, "sending the signal "+name, func(ctx context.Context) error {
		return p.runtime.api.ContainerKill(ctx, p.id, name)
	})
}

// Resize sets the terminal's size, and ignores a zero size. It returns os.ErrProcessDone if the
// workload has exited.
func (p *process) Resize(ctx context.Context, size workload.Size) error {
	if size.Columns == 0 || size.Rows == 0 {
		return nil
	}
	return p.call(ctx, "setting the terminal's size", func(ctx context.Context) error {
		return p.runtime.api.ContainerResize(ctx, p.id, container.ResizeOptions{
			Height: uint(size.Rows), Width: uint(size.Columns),
		})
	})
}

func (p *process) call(ctx context.Context, what string, do func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, p.runtime.limits.call)
	defer cancel()
	err := do(bounded)
	switch {
	case err == nil:
		return nil
	case cerrdefs.IsNotFound(err), cerrdefs.IsConflict(err):
		return os.ErrProcessDone
	case errors.As(err, new(*refusedError)):
		return err
	}
	return p.runtime.failed(ctx, what, err)
}
