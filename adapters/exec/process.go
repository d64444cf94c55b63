package exec

import (
	"errors"
	"os"
	osexec "os/exec"
	"runtime"
	"sync"
)

// process is a running executable with this side of its streams.
type process struct {
	cmd    *osexec.Cmd
	stdin  *os.File
	stdout *os.File
	stderr *os.File

	group  group // with all processes that it starts
	mu     sync.Mutex
	reaped bool // whether its process ID may have been reused
	ended  chan struct{}
}

// start starts the executable at path. It inherits nothing: no environment, no descriptor, no
// working directory.
func start(path string, command, env []string) (*process, error) {
	p := &process{
		cmd: &osexec.Cmd{
			Path: path, Args: command, Dir: root(path), SysProcAttr: attributes(),
			Env: append([]string{}, env...), ExtraFiles: closedFiles(), // a nil Env would inherit
		},
		ended: make(chan struct{}),
	}
	theirs, err := p.connect()
	if err == nil {
		started := make(chan error)
		go p.run(started)
		err = <-started
	}
	for _, file := range theirs {
		_ = file.Close()
	}
	if err != nil {
		p.disconnect()
		return nil, err
	}
	return p, nil
}

// connect creates the pipes and returns the executable's ends.
func (p *process) connect() (theirs []*os.File, err error) {
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	in, stdin := pipe()
	stdout, out := pipe()
	stderr, errs := pipe()
	p.stdin, p.stdout, p.stderr = stdin, stdout, stderr
	for _, file := range []*os.File{in, out, errs} {
		if file != nil {
			theirs = append(theirs, file)
		}
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, out, errs
	return theirs, err
}

// run starts the process and waits for its exit. It stays on one thread, since Linux kills the
// process when the thread that started it ends.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	p.cmd.Env = nil // may contain credentials of the backend
	if err == nil {
		if err = p.gather(); err != nil {
			err = errors.Join(err, p.cmd.Process.Kill())
			_ = p.cmd.Wait()
		}
	}
	started <- err
	if err != nil {
		return
	}
	p.reap()
	close(p.ended)
}

// disconnect closes this side of the streams.
func (p *process) disconnect() {
	for _, file := range []*os.File{p.stdin, p.stdout, p.stderr} {
		if file != nil {
			_ = file.Close()
		}
	}
}
