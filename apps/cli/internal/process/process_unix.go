//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

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

// Replace runs spec.Command in the place of this process, which keeps its
// standard streams, process id and parent. It returns only if that fails, with
// the errors of Start; the working directory may have changed then.
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

// connectTerminal makes a pseudo-terminal the process's standard streams.
func (p *running) connectTerminal(streams workload.Streams) error {
	master, theirs, err := pty.Open()
	if err != nil {
		return err
	}
	ours, err := pollable(master)
	if err != nil {
		return errors.Join(err, theirs.Close())
	}
	p.terminal, p.theirs, p.group = ours, []*os.File{theirs}, true
	p.outputs = []*output{{from: ours, to: streams.Out, done: make(chan struct{})}}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirs, theirs, theirs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	in := streams.In
	if in == nil {
		in = strings.NewReader("")
	}
	p.input = &input{from: in, to: ours, finish: func(mid bool) {
		end := []byte{endOfFile}
		if mid { // the first one only ends the line
			end = append(end, endOfFile)
		}
		_, _ = ours.Write(end)
	}}
	if streams.Size == (workload.Size{}) {
		return nil
	}
	return setSize(ours, streams.Size)
}

// pollable returns file, which it closes, in a form whose reads know deadlines,
// or say that they don't where terminals cannot be polled well. Package pty
// leaves it in a blocking mode that does neither.
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

// setSize avoids pty.Setsize, which makes the file a blocking one again.
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

// shareGroup leaves the process in our process group where that group is a job
// of a terminal, and gives it one of its own where there is none.
func shareGroup(p *running) {
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err == nil {
		_ = terminal.Close()
		return
	}
	p.group = true
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// fromTerminal are the signals that a terminal gives to all of a job.
var fromTerminal = []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGWINCH}

// ownOnly are the signals that concern this process and no other.
var ownOnly = []os.Signal{syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE}

func (p *running) signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	switch {
	case slices.Contains(ownOnly, sig), !p.group && slices.Contains(fromTerminal, sig):
		return nil
	case !ok || !p.group:
		return p.cmd.Process.Signal(sig)
	}
	return killGroup(p.cmd.Process.Pid, number)
}

func killGroup(group int, number syscall.Signal) error {
	err := syscall.Kill(-group, number)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// status returns a shell's exit status.
func status(state *os.ProcessState) int {
	if wait, ok := state.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		return 128 + int(wait.Signal())
	}
	return state.ExitCode()
}

// relatives are a process and what it started, as far as it can be told.
type relatives struct {
	group   int // 0 for none
	members []*os.Process
}

func (p *running) family() *relatives {
	pid := p.cmd.Process.Pid
	f := &relatives{}
	if p.group {
		f.group = pid
	}
	for _, pid := range append([]int{pid}, descendants(pid)...) {
		if group, err := unix.Getpgid(pid); err != nil || group == f.group {
			continue
		}
		if process, err := os.FindProcess(pid); err == nil {
			f.members = append(f.members, process)
		}
	}
	return f
}

func (f *relatives) signal(sig os.Signal) {
	if f.group != 0 {
		_ = killGroup(f.group, sig.(syscall.Signal))
	}
	for _, process := range f.members {
		_ = process.Signal(sig)
	}
}

func (f *relatives) release() {
	for _, process := range f.members {
		_ = process.Release()
	}
}
