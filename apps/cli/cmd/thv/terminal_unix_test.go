//go:build !windows

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// sleeper writes its process id into a file once it runs.
const sleeper = `echo $$ >id; exec sleep 600`

// Whatever ends thv, the terminal is as it was before: a dialog checks that at its end.
func TestExec_PutsTheTerminalBack(t *testing.T) {
	t.Parallel()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // nohup has it ignored, which is inherited
	for name, c := range map[string]struct {
		end    func(d *dialog, command int)
		status int
	}{
		"SIGTERM":                     {told(syscall.SIGTERM), 143},
		"SIGHUP":                      {told(syscall.SIGHUP), 129},
		"SIGINT":                      {told(syscall.SIGINT), 130},
		"SIGQUIT":                     {told(syscall.SIGQUIT), 131},
		"Ctrl-C":                      {func(d *dialog, _ int) { d.types("\x03") }, 130},
		"the command is killed":       {func(_ *dialog, command int) { _ = syscall.Kill(command, syscall.SIGKILL) }, 137},
		"the command's shell is told": {func(_ *dialog, command int) { _ = syscall.Kill(-command, syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTerminalUser(t)
			s.run("canary-of-k", "secret", "set", "k")
			s.vars["TERM"] = "xterm"
			d := s.start("exec", "--secret", "k", "--", "sh", "-c", "ulimit -c 0; "+sleeper)
			command, err := strconv.Atoi(s.content("id"))
			if err != nil {
				t.Fatal(err)
			}
			c.end(d, command)
			if code := d.ends(); code != c.status {
				t.Errorf("it ends with %d, not %d:\n%s", code, c.status, d.seen())
			}
			if err := syscall.Kill(command, 0); err == nil {
				t.Error("the command runs on")
			}
		})
	}
}

func told(sig syscall.Signal) func(*dialog, int) {
	return func(d *dialog, _ int) { _ = d.cmd.Process.Signal(sig) }
}

// A command that ignores SIGINT is ended by the third one.
func TestExec_ThirdInterruptPutsTheTerminalBack(t *testing.T) {
	s := newTerminalUser(t)
	s.run("canary-of-k", "secret", "set", "k")
	d := s.start("exec", "--secret", "k", "--", "sh", "-c", "trap 'echo again' INT; echo ready; while :; do sleep 0.05; done")
	d.sees("ready")
	for range 2 {
		_ = d.cmd.Process.Signal(syscall.SIGINT)
		d.sees("again")
	}
	_ = d.cmd.Process.Signal(syscall.SIGINT)
	if code := d.ends(); code != 130 {
		t.Errorf("it ends with %d:\n%s", code, d.seen())
	}
}

// Nothing could continue a job without a shell above it, so nothing stops it: as in a
// container, under ssh -t or script.
func TestExec_WithoutAShellAboveItCtrlZStopsNothing(t *testing.T) {
	s := newTerminalUser(t)
	s.run("canary-of-k", "secret", "set", "k")
	s.write("edit", editor)
	for _, program := range [][]string{{"cat"}, {"bash", "edit"}} {
		d := s.start(append([]string{"exec", "--secret", "k", "--"}, program...)...)
		if program[0] == "bash" {
			d.sees("edits")
		}
		d.types("\x1a")
		d.sees("^Z")
		if program[0] == "bash" {
			d.sees("draws")
			d.types("\n")
		}
		d.types("typed\n")
		d.sees("typed")
		d.sees("typed")
		d.types("\x04")
		if code := d.ends(); code != 0 {
			t.Errorf("it ends with %d:\n%s", code, d.seen())
		}
	}
}

func TestExec_HasTheSizeThatTheTerminalGotWhileItWasStopped(t *testing.T) {
	_, d := secretive(t)
	d.does(`thv exec --secret k -- sh -c 'echo begins; read line; stty size'`, "\nbegins")
	d.types("\x1a")
	d.sees("Stopped")
	d.sees("ready> ")
	if err := pty.Setsize(d.keyboard, &pty.Winsize{Cols: 101, Rows: 42}); err != nil {
		t.Fatal(err)
	}
	d.does("fg", "thv exec")
	d.does("", "42 101", "ready> ")
	d.leave()
}

// As cron and systemd start and end it: no terminal, a session of its own, an input that
// is empty. What the command has started gets the signal, too.
func TestExec_SignalReachesAllOfACommandWithoutATerminal(t *testing.T) {
	s := newTerminalUser(t)
	s.run("canary-of-k", "secret", "set", "k")
	cmd := exec.Command(filepath.Join(s.bin, "thv"), "exec", "--secret", "k", "--", "bash", "-c",
		`bash -c 'trap "echo inner; exit" TERM; echo ready; while :; do sleep 0.05; done' & trap 'wait; echo outer; exit 9' TERM; echo $$ >id; wait`)
	for name, value := range s.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := os.Create(filepath.Join(s.folder, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout = s.folder, &syscall.SysProcAttr{Setsid: true}, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.content("id")
	s.content("out")
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	text, _ := os.ReadFile(out.Name())
	if cmd.ProcessState.ExitCode() != 9 || string(text) != "ready\ninner\nouter\n" {
		t.Errorf("%v, %q", cmd.ProcessState, text)
	}
}

// A container whose process 1 is thv, with this system's programs.
func TestExec_AsProcessOneOfAContainer(t *testing.T) {
	t.Parallel()
	c := newProcessOne(t)
	if out, code := c.run("", "sh", "-c", "echo $PPID; echo $K; exit 7"); code != 7 || out != "1\n[redacted]\n" {
		t.Errorf("%d, %q", code, out)
	}
	if out, code := c.run("", "sh", "-c", "kill -KILL $$"); code != 137 {
		t.Errorf("%d, %q", code, out)
	}
	c.stops(t)
	d := c.startProgram(c.docker, c.arguments("-i -t", "sh", "-c", `test -t 0 && echo "ready"; read line; echo got $line; exit 5`)...)
	d.sees("ready")
	d.types("\x1atyped\n") // nothing there could continue it
	d.sees("got typed")
	if code := d.ends(); code != 5 {
		t.Errorf("-t: it ends with %d:\n%s", code, d.seen())
	}
}

// processOne starts containers whose process 1 is thv exec.
type processOne struct {
	*terminalUser
	host, docker, image string
}

func newProcessOne(t *testing.T) *processOne {
	t.Helper()
	host := os.Getenv("THV_TEST_DOCKER_HOST")
	if host == "" || runtime.GOOS != "linux" {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("THV_TEST_DOCKER_HOST is not set: run the tests by hack/docker-engine.sh")
		}
		t.Skip("no Docker Engine: THV_TEST_DOCKER_HOST is not set (hack/docker-engine.sh starts one)")
	}
	docker, err := exec.LookPath("docker")
	if err != nil {
		t.Fatal("there is no docker, the client, to start a container with thv as its process 1")
	}
	image, err := bareImage()
	if err != nil {
		t.Fatal(err)
	}
	c := &processOne{newTerminalUser(t), host, docker, image}
	c.vars["DOCKER_HOST"] = host
	return c
}

// arguments are those of docker for a container with flags that runs command by thv.
func (c *processOne) arguments(flags string, command ...string) []string {
	args := append(strings.Fields("run --rm --network none -e SECRET_K=canary-of-k -e PATH=/usr/bin:/bin -e HOME=/tmp "+flags), "-v", c.bin+":/thv:ro")
	for _, folder := range []string{"/usr", "/bin", "/lib", "/lib64"} {
		if path, err := filepath.EvalSymlinks(folder); err == nil {
			args = append(args, "-v", path+":"+folder+":ro")
		}
	}
	return append(append(args, c.image, "/thv/thv", "exec", "--secret", "env://SECRET_K,target=K", "--"), command...)
}

func (c *processOne) run(flags string, command ...string) (string, int) {
	return c.client(c.arguments(flags, command...)...)
}

func (c *processOne) client(args ...string) (string, int) {
	cmd := exec.Command(c.docker, args...)
	cmd.Env = []string{"DOCKER_HOST=" + c.host, "PATH=" + os.Getenv("PATH"), "HOME=" + c.folder}
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// stops checks that thv passes the signal of docker stop on, and the status back.
func (c *processOne) stops(t *testing.T) {
	t.Helper()
	name := "thv-test-one-" + strconv.Itoa(os.Getpid())
	ended := make(chan int, 1)
	go func() {
		out, code := c.run("--name "+name, "sh", "-c", "exec 2>/dev/null; trap 'echo told; exit 9' TERM; while :; do sleep 0.05; done")
		if out != "told\n" {
			t.Errorf("%q", out)
		}
		ended <- code
	}()
	for range poll.Every(50 * time.Millisecond) {
		if out, _ := c.client("top", name, "-eo", "args"); strings.Contains(out, "\nsleep 0.05\n") { // not in the arguments of thv
			break
		}
	}
	if out, code := c.client("stop", "-t", "30", name); code != 0 {
		t.Errorf("docker stop: %s", out)
	}
	if code := <-ended; code != 9 {
		t.Errorf("docker stop: it ends with %d", code)
	}
}
