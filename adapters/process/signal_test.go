//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/workload"
)

func TestTerminal_HasSizeAndEcho(t *testing.T) {
	in, feed := io.Pipe()
	r := shell(t, workload.Streams{In: in, Terminal: true, Size: workload.Size{Columns: 101, Rows: 42}},
		"test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty; read line; echo got $line; cat; echo end")
	r.out.await(t, "42 101\r\n")
	for _, step := range [][2]string{{"hello\n", "hello\r\ngot hello\r\n"}, {"half a line", "half a line"}} {
		if _, err := io.WriteString(feed, step[0]); err != nil {
			t.Fatal(err)
		}
		r.out.await(t, step[1])
	}
	_ = feed.Close()
	if code := r.wait(t); code != 0 || !strings.HasSuffix(r.out.String(), "half a lineend\r\n") {
		t.Errorf("%d %q", code, r.out.String())
	}
}

func TestTerminal_Resizes(t *testing.T) {
	in := endless(t)
	r := start(t, Config{}, workload.Streams{In: in, Terminal: true, Size: workload.Size{Columns: 80, Rows: 24}},
		map[string]string{roleVariable: "size"}, self(t))
	r.out.await(t, "size 80x24")
	if err := r.Resize(t.Context(), workload.Size{Columns: 132, Rows: 50}); err != nil {
		t.Fatal(err)
	}
	r.wait(t)
	r.out.await(t, "size 132x50")
	if err := r.Resize(t.Context(), workload.Size{Columns: 1, Rows: 1}); !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func TestTerminal_InputFileStaysUsable(t *testing.T) {
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = in.Close(), feed.Close() }()
	r := shell(t, workload.Streams{In: in, Terminal: true}, "exit 0")
	r.wait(t)
	if _, err := feed.WriteString("later"); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 10)
	if n, err := in.Read(buffer); string(buffer[:n]) != "later" || err != nil {
		t.Errorf("%q %v", buffer[:n], err)
	}
}

func TestTerminal_CtrlCReachesTheProcess(t *testing.T) {
	in, feed := io.Pipe()
	r := start(t, Config{}, workload.Streams{In: in, Terminal: true}, map[string]string{roleVariable: "interrupts"}, self(t))
	r.out.await(t, "ready")
	_, _ = feed.Write([]byte{3})
	r.out.await(t, "interrupted")
	if err := r.Signal(t.Context(), syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	r.wait(t)
	r.out.await(t, "interrupts 1")
	_ = feed.Close()
}

// The parent runs in a terminal and its child in pipes: both get the Ctrl-C from
// the kernel, and the parent passes on what it got.
func TestSignal_CtrlCIsNotPassedOnTwice(t *testing.T) {
	in, feed := io.Pipe()
	r := start(t, Config{}, workload.Streams{In: in, Terminal: true},
		map[string]string{roleVariable: "parent", "THV_PROCESS_CHILD_ROLE": "interrupts"}, self(t), self(t))
	r.out.await(t, "ready")
	_, _ = feed.Write([]byte{3})
	r.out.await(t, "interrupted")
	time.Sleep(100 * time.Millisecond) //nolint:forbidigo // a second one would come now
	parent := r.Process.(*running).pid
	if err := syscall.Kill(parent, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	r.wait(t)
	r.out.await(t, "interrupts 1\r\n")
	_ = feed.Close()
}

// A parent in a terminal gets a SIGINT that the keyboard has not made.
func TestSignal_SentToTheParentAloneReachesTheProcess(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"the input is no terminal":        {"THV_PROCESS_NO_INPUT": "1"},
		"a second one, in the same group": {},
	} {
		t.Run(name, func(t *testing.T) {
			env[roleVariable], env["THV_PROCESS_CHILD_ROLE"] = "parent", "interrupts"
			in, feed := io.Pipe()
			r := start(t, Config{}, workload.Streams{In: in, Terminal: true}, env, self(t), self(t))
			r.out.await(t, "ready")
			parent := r.Process.(*running).pid
			if env["THV_PROCESS_NO_INPUT"] == "" {
				_, _ = feed.Write([]byte{3}) // the first one comes from the keyboard
				r.out.await(t, "interrupted")
				time.Sleep(100 * time.Millisecond) //nolint:forbidigo // a second one would come now
			}
			before := strings.Count(r.out.String(), "interrupted")
			if err := syscall.Kill(parent, syscall.SIGINT); err != nil {
				t.Error(err)
			}
			eventually(t, "the process is interrupted", func() bool { return strings.Count(r.out.String(), "interrupted") > before })
			if err := syscall.Kill(parent, syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			r.wait(t)
			_ = feed.Close()
		})
	}
}

// A Ctrl-C does not reach a job in the background, so what it gets was sent.
func TestSignal_SentToAJobInTheBackgroundReachesTheProcess(t *testing.T) {
	reader, feed := io.Pipe()
	r := start(t, Config{}, workload.Streams{In: reader, Terminal: true},
		map[string]string{roleVariable: "parent", "THV_PROCESS_CHILD_ROLE": "interrupts"},
		"sh", "-c", `set -m; "$0" "$0" </dev/tty & echo "job $! "; wait`, self(t))
	r.out.await(t, "ready")
	_, after, _ := strings.Cut(r.out.String(), "job ")
	text, _, _ := strings.Cut(after, " ")
	job, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(job, syscall.SIGINT)
	r.out.await(t, "interrupted")
	_ = syscall.Kill(job, syscall.SIGTERM)
	r.wait(t)
	_ = feed.Close()
}

func TestSignal_ReachesTheGroup(t *testing.T) {
	r := shell(t, workload.Streams{}, `trap 'wait; echo outer; exit 9' USR1
		sh -c 'trap "echo inner; exit" USR1; echo ready; while :; do sleep 0.05; done' &
		while :; do sleep 0.05; done`)
	r.out.await(t, "ready")
	if err := r.Signal(t.Context(), syscall.SIGUSR1); err != nil {
		t.Error(err)
	}
	if code := r.wait(t); code != 9 || !strings.Contains(r.out.String(), "inner\nouter") {
		t.Errorf("%d %q", code, r.out.String())
	}
	if err := r.Signal(t.Context(), syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func TestWait_DoneContextEndsEverything(t *testing.T) {
	scripts := map[string]string{
		"gentle":   "trap 'echo bye; exit 0' TERM; sleep 600 & echo $$ $! ready; wait",
		"stubborn": "trap '' TERM; sleep 600 & echo $$ $! ready; while :; do sleep 1; done",
	}
	for name, script := range scripts {
		for _, terminal := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, terminal), func(t *testing.T) {
				r := start(t, Config{Grace: time.Second}, workload.Streams{In: endless(t), Terminal: terminal}, nil, "sh", "-c", script)
				r.out.await(t, "ready")
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if _, err := r.Wait(ctx); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				if name == "gentle" && !strings.Contains(r.out.String(), "bye") {
					t.Errorf("no chance to end well: %q", r.out.String())
				}
				pids := strings.Fields(r.out.String())
				for _, text := range pids[:2] {
					pid, err := strconv.Atoi(text)
					if err != nil {
						t.Fatal(err)
					}
					eventually(t, "process "+text+" is gone", func() bool { return !alive(pid) })
				}
			})
		}
	}
}

// In a terminal's job a process has no group of its own to end.
func TestWait_DoneContextEndsDescendantsInAJob(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells descendants")
	}
	env := map[string]string{roleVariable: "parent", "THV_PROCESS_CHILD_ROLE": "none", "THV_PROCESS_CANCEL": "1"}
	in, feed := io.Pipe()
	// The outer shell lives on, since the end of a session ends its job anyway.
	r := start(t, Config{}, workload.Streams{In: in, Terminal: true}, env, "sh", "-c",
		`"$0" sh -c "sh -c 'sleep 600 & echo \$! \$\$; wait' & wait"; echo over; read line`, self(t))
	r.out.await(t, "over")
	if !strings.Contains(r.out.String(), context.Canceled.Error()) {
		t.Errorf("%q", r.out.String())
	}
	for _, text := range strings.Fields(r.out.String())[:2] {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "process "+text+" is gone", func() bool { return !alive(pid) })
	}
	_ = feed.Close()
	_, _ = r.Wait(t.Context())
}

func TestStart_ProcessDiesWithUs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a process with its parent")
	}
	cmd := exec.Command(self(t), "sh", "-c", "echo $$; exec sleep 600")
	cmd.Env = append(os.Environ(), roleVariable+"=parent")
	var out transcript
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.await(t, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil || !alive(pid) {
		t.Fatal(err, pid)
	}
	time.Sleep(300 * time.Millisecond) //nolint:forbidigo // it outlives the other work of the thread, too
	if !alive(pid) {
		t.Error("the process has ended before its parent")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the process is gone", func() bool { return !alive(pid) })
}
