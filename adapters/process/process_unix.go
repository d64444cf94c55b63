//go:build unix

package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	terminals   = true
	terminate   = syscall.SIGTERM
	defaultPath = "/usr/local/bin:/usr/bin:/bin"
	endOfFile   = 4 // Ctrl-D
)

func hasFolder(name string) bool { return strings.Contains(name, "/") }

func extensions(string, []string) []string { return []string{""} }

func executable(path string) bool { return unix.Access(path, unix.X_OK) == nil }

func tooBig(err error) bool { return errors.Is(err, syscall.E2BIG) }

func noProgram(err error) bool { return errors.Is(err, syscall.ENOEXEC) }

// Replace executes spec.Command in this process, which keeps its standard streams, process ID
// and parent. It returns only if that fails, with the errors of Start; the working directory
// may then have changed.
func (r *Runtime) Replace(spec workload.Spec, environment workload.Environment) error {
	cmd, err := r.command(spec, environment)
	if err != nil {
		return err
	}
	if spec.Workdir != "" {
		if err := os.Chdir(spec.Workdir); err != nil {
			return fmt.Errorf("%w: %w", workload.ErrCannotExecute, err)
		}
	}
	return classify(spec.Command[0], syscall.Exec(cmd.Path, cmd.Args, cmd.Env))
}

// openTerminal creates a pseudo-terminal and returns the process's end of it.
func (p *running) openTerminal(streams workload.Streams) (*os.File, error) {
	master, theirs, err := pty.Open()
	if err != nil {
		return nil, err
	}
	ours, err := pollable(master)
	if err != nil {
		return nil, errors.Join(err, theirs.Close())
	}
	p.terminal, p.theirs, p.group = ours, []*os.File{theirs}, true
	to, number := streams.Out, 1 // the terminal's number among the process's descriptors
	if streams.Apart.Has(workload.StreamOut) {
		to, number = streams.Err, 2
	}
	p.outputs = []*output{{from: ours, to: to, done: make(chan struct{})}}
	if streams.Apart.Has(workload.StreamIn) { // our own terminal is in its usual mode, and adds carriage returns
		if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
			return nil, err
		}
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: number}
	if streams.Size == (workload.Size{}) {
		return theirs, nil
	}
	return theirs, setSize(ours, streams.Size)
}

// typeInput writes in to the terminal.
func (p *running) typeInput(in io.Reader) {
	p.typed = true
	if in == nil {
		in = strings.NewReader("")
	}
	ours := p.terminal
	p.input = &input{from: in, to: ours, finish: func(mid bool) {
		end := []byte{endOfFile}
		if mid { // the first one only ends the line
			end = append(end, endOfFile)
		}
		_, _ = ours.Write(end)
	}}
}

// pollable closes file and returns it in a form whose reads support deadlines, or report that
// they do not, on systems that cannot poll terminals. Package pty leaves file in blocking mode,
// which does neither.
func pollable(file *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	_ = file.Close()
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, runtime.GOOS == "linux"); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), file.Name()), nil
}

// setSize sets the size without pty.Setsize, which would set the file to blocking mode again.
func setSize(terminal *os.File, size workload.Size) error {
	raw, err := terminal.SyscallConn()
	if err != nil {
		return fmt.Errorf("%w: set the terminal's size: %w", secret.ErrUnavailable, err)
	}
	var failure error
	err = raw.Control(func(fd uintptr) {
		failure = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Columns})
	})
	if err = errors.Join(err, failure); err != nil {
		return fmt.Errorf("%w: set the terminal's size: %w", secret.ErrUnavailable, err)
	}
	return nil
}

// shareGroup leaves the process in our process group if in is our controlling
// terminal, whether our job has it now or gets it later, and gives it a group of its
// own otherwise.
func shareGroup(p *running, in io.Reader) {
	if file, ok := in.(*os.File); ok {
		if _, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP); err == nil {
			p.typed, p.shared, p.keyboard = true, true, file
			return
		}
	}
	p.group = true
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// ownOnly are the signals that concern only this process.
var ownOnly = []os.Signal{syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE}

// ends are the signals that must also reach a stopped process.
var ends = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

func (p *running) signal(sig os.Signal) error {
	if slices.Contains(ownOnly, sig) || p.fromTerminal(sig) {
		return nil
	}
	err := p.send(p.target(), sig)
	if err == nil && p.halted.Load() != 0 && slices.Contains(ends, sig) {
		err = p.send(p.target(), syscall.SIGCONT)
	}
	return err
}

// target is the process's group, or the process alone if that group is ours.
func (p *running) target() int {
	if p.group {
		return -p.pid
	}
	return p.pid
}

// send sends a signal to a process or, if target is negative, to a group. It returns
// os.ErrProcessDone after the process has exited.
func (p *running) send(target int, sig os.Signal) error {
	p.reaping.Lock()
	defer p.reaping.Unlock()
	number, ok := sig.(syscall.Signal)
	if p.reaped || !ok {
		return os.ErrProcessDone
	}
	return kill(target, number)
}

// fromTerminal reports whether our terminal has given sig to the process too, as it
// does to all of the job in the foreground. Only the first of each signal that a
// program may also send is taken for that. A second SIGTSTP does nothing to a process
// that a first one has stopped.
func (p *running) fromTerminal(sig os.Signal) bool {
	if !p.shared || !p.inForeground() {
		return false
	}
	switch sig {
	case syscall.SIGINT:
		return p.interrupted.CompareAndSwap(false, true)
	case syscall.SIGQUIT:
		return p.quit.CompareAndSwap(false, true)
	}
	return sig == syscall.SIGWINCH
}

// inForeground reports whether the terminal that we share with the process is our
// group's now.
func (p *running) inForeground() bool {
	group, err := unix.IoctlGetInt(int(p.keyboard.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func kill(target int, number syscall.Signal) error {
	err := syscall.Kill(target, number)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// status returns a shell's exit status.
func status(wait syscall.WaitStatus) int {
	if wait.Signaled() {
		return 128 + int(wait.Signal())
	}
	return wait.ExitStatus()
}

// processTree are a process and what it started, as far as it can be told.
type processTree struct {
	group   int // 0 for none
	members []*os.Process
}

func (p *running) tree() *processTree {
	tree := &processTree{}
	if p.group {
		tree.group = p.pid
	}
	for _, pid := range append([]int{p.pid}, descendants(p.pid)...) {
		if group, err := unix.Getpgid(pid); err != nil || group == tree.group {
			continue
		}
		if process, err := os.FindProcess(pid); err == nil {
			tree.members = append(tree.members, process)
		}
	}
	return tree
}

func (t *processTree) signal(sig os.Signal) {
	if t.group != 0 {
		_ = kill(-t.group, sig.(syscall.Signal))
	}
	for _, process := range t.members {
		_ = process.Signal(sig)
	}
	if sig != syscall.SIGCONT && sig != os.Kill {
		t.signal(syscall.SIGCONT) // one that is stopped ends, too
	}
}

func (t *processTree) release() {
	for _, process := range t.members {
		_ = process.Release()
	}
}
