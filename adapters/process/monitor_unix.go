//go:build unix

package process

import (
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// monitored are the signals that do not end a monitor, so that it is there until the
// process's end. Neither is SIGKILL of what starts it, since Linux then ends both.
var monitored = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
}

// Monitor does not return if args are the arguments of a monitor. If they only begin
// like those, because a user has written them, it returns ErrNoMonitor, and else nil.
// A monitor is the leader of the session of a process with a pseudo-terminal, and its
// parent. The process leads a group of its own. Such a group, with a parent in the
// same session, is what the kernel stops for SIGTSTP, SIGTTIN and SIGTTOU: it discards
// them if no parent there could continue it. A monitor reports stops, continues the
// process in the foreground or background of the pseudo-terminal when it is told to,
// and ends with the process's status. Its environment is the process's.
func Monitor(args []string, h Host) error {
	if len(args) < 2 || args[1] != MonitorVerb {
		return nil
	}
	fd, linked := linkOf(args)
	if !linked {
		return ErrNoMonitor
	}
	h.Harden() // it has the process's secrets in its environment
	unix.CloseOnExec(fd)
	m := &monitor{link: &link{ours: os.NewFile(uintptr(fd), "runtime")}, own: unix.Getpgrp(), catch: h.Catch}
	os.Exit(m.run(args[3], args[4:]))
	return nil
}

// linkOf returns the descriptor of a monitor's end of a link; false if a user has
// written args, who has none.
func linkOf(args []string) (fd int, linked bool) {
	if len(args) < 5 {
		return 0, false
	}
	fd, err := strconv.Atoi(args[2])
	if err != nil || fd <= 2 {
		return 0, false
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return fd, err == nil && kind == unix.SOCK_STREAM
}

type monitor struct {
	link  *link
	catch func(chan<- os.Signal, ...os.Signal)
	tty   int // the pseudo-terminal
	own   int // our group
	pid   int // the process and its group
	front int // the group that had the terminal last, which a shell has given it
}

// run runs the process and returns its status. It stays on one thread, since Linux
// ends the process with the thread that started it.
func (m *monitor) run(path string, argv []string) int {
	runtime.LockOSThread()
	m.catch(make(chan os.Signal, 1), monitored...) // to catch is not to ignore, which the process would inherit
	if err := m.start(path, argv); err != nil {
		errno, _ := err.(syscall.Errno) //nolint:errorlint // it is never wrapped
		_ = m.link.write(word{failed, int32(errno)})
		return 1
	}
	signal.Ignore(syscall.SIGTTOU) // for setting the foreground from the background
	_ = m.set(m.pid)
	m.letGo()
	_ = m.link.write(word{started, int32(m.pid)})
	go m.obey()
	for {
		var wait syscall.WaitStatus
		_, err := syscall.Wait4(m.pid, &wait, syscall.WUNTRACED, nil)
		switch {
		case err == syscall.EINTR: //nolint:errorlint // it is never wrapped
		case err != nil:
			return 1
		case !wait.Stopped():
			return status(wait)
		case m.early(wait.StopSignal()):
			_ = kill(-m.pid, syscall.SIGCONT)
		default:
			_ = m.link.write(word{halted, int32(wait.StopSignal())})
		}
	}
}

// early reports whether sig has stopped the process for using its terminal before it
// was put into the foreground: it is there now.
func (m *monitor) early(sig syscall.Signal) bool {
	group, err := unix.IoctlGetInt(m.tty, unix.TIOCGPGRP)
	return err == nil && group == m.pid && slices.Contains(wanting, os.Signal(sig))
}

func (m *monitor) start(path string, argv []string) (err error) {
	if m.tty, err = unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	attributes := &syscall.SysProcAttr{Setpgid: true}
	dieWithThread(attributes)
	m.pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: attributes})
	m.front = m.pid
	return err
}

// letGo closes our copies of the process's streams, so that the other ends notice
// when the process closes its own.
func (m *monitor) letGo() {
	null, err := unix.Open(os.DevNull, unix.O_RDWR, 0)
	if err != nil {
		return
	}
	for stream := range 3 {
		_ = unix.Dup2(null, stream)
	}
	_ = unix.Close(null)
}

// obey continues the process as it is told to.
func (m *monitor) obey() {
	for {
		w, err := m.link.read()
		if err != nil {
			return
		}
		if group, err := unix.IoctlGetInt(m.tty, unix.TIOCGPGRP); err == nil && group != m.own {
			m.front = group
		}
		switch {
		case w.Kind == toBackground:
			_ = m.set(m.own)
		case m.set(m.front) != nil:
			_ = m.set(m.pid) // that group is gone
		}
		_ = kill(-m.pid, syscall.SIGCONT)
	}
}

// set puts a group into the foreground.
func (m *monitor) set(group int) error {
	return unix.IoctlSetPointerInt(m.tty, unix.TIOCSPGRP, group)
}
