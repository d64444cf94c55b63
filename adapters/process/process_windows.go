package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	terminals   = false
	terminate   = syscall.SIGTERM
	defaultPath = ""
)

func hasFolder(name string) bool { return strings.ContainsAny(name, `:\/`) }

// extensions returns the extensions to try for name: none if it already has an executable one,
// otherwise those in PATHEXT.
func extensions(name string, env []string) []string {
	list := strings.Split(strings.ToLower(valueOf(env, "PATHEXT", ".com;.exe;.bat;.cmd")), ";")
	for _, extension := range list {
		if extension != "" && strings.EqualFold(filepath.Ext(name), extension) {
			return []string{""}
		}
	}
	return list
}

func executable(string) bool { return true }

func tooBig(err error) bool { return errors.Is(err, syscall.Errno(206)) } // ERROR_FILENAME_EXCED_RANGE

func noProgram(err error) bool { return errors.Is(err, syscall.Errno(193)) } // ERROR_BAD_EXE_FORMAT

// Replace returns [secret.ErrUnsupported]: on Windows no process can execute another command,
// so the caller must start one instead.
func (r *Runtime) Replace(workload.Spec, workload.Environment) error {
	return fmt.Errorf("%w: Windows replaces no processes", secret.ErrUnsupported)
}

func (*running) openTerminal(workload.Streams) (*os.File, error) {
	return nil, errors.ErrUnsupported
}

func (*running) typeInput(io.Reader) {}

func setSize(*os.File, workload.Size) error { return errors.ErrUnsupported }

func shareGroup(*running, io.Reader) {}

// Monitor does nothing on Windows, which has no job control.
func Monitor([]string, Host) error { return nil }

// link is not needed on Windows.
type link struct{}

func (*link) close() {}

func (*running) putBelow(string) error { return errors.ErrUnsupported }

func (p *running) begin() error {
	err := p.cmd.Start()
	if err == nil {
		p.pid = p.cmd.Process.Pid
	}
	return err
}

func (p *running) send(int, os.Signal) error { return p.cmd.Process.Kill() }

func (p *running) await() (int, error) {
	state, err := p.cmd.Process.Wait()
	if err != nil {
		return 0, err
	}
	return status(state), nil
}

func hasMore(*os.File) bool { return false }

// Continue implements workload.JobControlled; nothing stops here.
func (*running) Continue(bool) error { return nil }

// signal terminates the process for any signal except Ctrl-C and Ctrl-Break, which the console
// sends to both processes.
func (p *running) signal(sig os.Signal) error {
	if sig == os.Interrupt {
		return nil
	}
	return p.cmd.Process.Kill()
}

// status reduces the 32 bits of Windows to a status, in which no failure becomes 0.
func status(state *os.ProcessState) int {
	code := state.ExitCode()
	if code < 0 || code > 255 {
		return max(1, code&0xff)
	}
	return code
}

type processTree struct{ process *os.Process }

func (p *running) tree() *processTree { return &processTree{process: p.cmd.Process} }

func (t *processTree) signal(os.Signal) { _ = t.process.Kill() }

func (*processTree) release() {}
