//go:build unix

package process

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

var _ workload.JobControlled = (*running)(nil)

// wanting are the signals that stop a process that uses its terminal in the
// background.
var wanting = []os.Signal{syscall.SIGTTIN, syscall.SIGTTOU}

// begin starts the process, through its monitor if it has one.
func (p *running) begin() error {
	if p.cmd.SysProcAttr == nil {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithThread(p.cmd.SysProcAttr)
	if p.monitor == nil {
		err := p.startChild()
		p.pid = p.child
		return err
	}
	if err := p.monitor.prepare(); err != nil {
		return err
	}
	if err := p.startChild(); err != nil {
		return err
	}
	_ = p.monitor.theirs.Close()
	w, err := p.monitor.read()
	if err == nil && w.Kind == started {
		p.pid = int(w.Number)
		go p.listen()
		return nil
	}
	_, _ = p.await()
	if err == nil {
		err = syscall.Errno(w.Number)
	}
	return err
}

// startChild starts cmd. The id alone is kept: stops are told to a wait by id only.
func (p *running) startChild() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.child = p.cmd.Process.Pid
	return p.cmd.Process.Release()
}

// listen forwards the messages of the monitor.
func (p *running) listen() {
	for {
		w, err := p.monitor.read()
		if err != nil {
			return
		}
		p.halt(syscall.Signal(w.Number))
	}
}

// await waits for the end of the process and returns its status.
func (p *running) await() (int, error) {
	for {
		var wait syscall.WaitStatus
		_, err := syscall.Wait4(p.child, &wait, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, err
		case !wait.Stopped():
			p.reaping.Lock()
			defer p.reaping.Unlock()
			p.reaped = true
			return status(wait), nil
		case p.monitor == nil && stillStopped(p.pid):
			p.halt(wait.StopSignal())
		}
	}
}

// halt records that sig has stopped the process, and reports the stop.
func (p *running) halt(sig syscall.Signal) {
	switch {
	case p.shared && slices.Contains(wanting, os.Signal(sig)): // our whole group has got it
	case sig == syscall.SIGSTOP && !p.typed:
	default:
		p.halted.Store(int32(sig))
		for _, o := range p.outputs {
			o.flush() // before the terminal is another job's
		}
		p.stopped(sig)
	}
}

// hasMore reports whether a read returns at once. On Linux that includes what a process
// has written to a pseudo-terminal and the kernel has not passed on yet.
func hasMore(file *os.File) bool {
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	ready := 0
	err = raw.Control(func(fd uintptr) {
		ready, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	})
	return err == nil && ready > 0
}

// Continue implements workload.JobControlled. It returns secret.ErrUnsupported for a process
// that was stopped because it uses a terminal of another job; it stays stopped.
func (p *running) Continue(foreground bool) error {
	last := syscall.Signal(p.halted.Load())
	if p.group && p.monitor == nil && foreground && slices.Contains(wanting, os.Signal(last)) {
		return fmt.Errorf("%w: %s uses the terminal, which it cannot have since its standard input is another; use --no-masking", secret.ErrUnsupported, p.cmd.Args[0])
	}
	p.halted.Store(0)
	if p.monitor == nil {
		return p.send(p.target(), syscall.SIGCONT)
	}
	w := word{Kind: toBackground}
	if foreground {
		w.Kind = toForeground
	}
	return p.monitor.write(w)
}

// link is a connection between a Runtime and a monitor.
type link struct{ ours, theirs *os.File }

// word is what they say to each other.
type word struct{ Kind, Number int32 }

// The kinds of a word. A monitor says the first three, the Runtime the others.
const (
	started      = iota + 1 // Number is the process's id
	failed                  // Number is the errno of starting it
	halted                  // Number is the signal that has stopped it
	toForeground            // continue it, and give it its terminal
	toBackground            // continue it, and take its terminal away
)

func (l *link) read() (w word, err error) {
	return w, binary.Read(l.ours, binary.NativeEndian, &w)
}

func (l *link) write(w word) error { return binary.Write(l.ours, binary.NativeEndian, w) }

// prepare lets the process that is started next have its end of l, under the number
// that it has here, so that it is not in the place of a file that is inherited.
func (l *link) prepare() error {
	_, err := unix.FcntlInt(l.theirs.Fd(), unix.F_SETFD, 0)
	return err
}

func (l *link) close() {
	if l != nil {
		_, _ = l.ours.Close(), l.theirs.Close()
	}
}

// putBelow makes the program at path the process's parent and the leader of its
// session.
func (p *running) putBelow(path string) error {
	syscall.ForkLock.RLock()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(ends[0])
		unix.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(ends[0], true); err != nil {
		return err
	}
	p.monitor = &link{ours: os.NewFile(uintptr(ends[0]), "monitor"), theirs: os.NewFile(uintptr(ends[1]), "monitor")}
	p.cmd.Args = append([]string{os.Args[0], MonitorVerb, strconv.Itoa(ends[1]), p.cmd.Path}, p.cmd.Args...)
	p.cmd.Path = path
	return nil
}
