//go:build unix

package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/thv-secrets/thv/core/workload"
)

const roleVariable = "THV_PROCESS_ROLE"

// TestMain makes the test program the programs that the tests run.
func TestMain(m *testing.M) {
	if err := Monitor(os.Args, Host{Harden: func() {}, Catch: signal.Notify}); err != nil {
		os.Exit(2)
	}
	role, ok := os.LookupEnv(roleVariable)
	if !ok {
		os.Exit(m.Run())
	}
	args := os.Args[1:]
	switch role {
	case "replace":
		spec := workload.Spec{Command: args}
		fmt.Println(New(Config{Environ: os.Environ()}).Replace(spec, workload.NewEnvironment(map[string]string{roleVariable: "print"})))
		os.Exit(1)
	case "print":
		fmt.Println("args", args, "pid", os.Getpid())
	case "parent":
		os.Exit(parent(args))
	case "interrupts":
		countInterrupts()
	case "size":
		printSizes()
	}
	os.Exit(0)
}

// parent runs args as thv would, with its own input and in pipes.
func parent(args []string) int {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	env := map[string]string{roleVariable: os.Getenv("THV_PROCESS_CHILD_ROLE")}
	streams := workload.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if os.Getenv("THV_PROCESS_NO_INPUT") != "" {
		streams.In = nil
	}
	p, err := New(Config{Environ: os.Environ()}).Start(context.Background(), workload.Spec{Command: args},
		workload.NewEnvironment(env), streams)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	go func() {
		for s := range signals {
			_ = p.Signal(context.Background(), s)
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if os.Getenv("THV_PROCESS_CANCEL") != "" {
		time.AfterFunc(500*time.Millisecond, cancel)
	}
	code, err := p.Wait(ctx)
	if err != nil {
		fmt.Println(err)
	}
	return code
}

func countInterrupts() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	fmt.Println("ready")
	count := 0
	for s := range signals {
		if s == syscall.SIGTERM {
			fmt.Println("interrupts", count)
			return
		}
		count++
		fmt.Println("interrupted")
	}
}

func printSizes() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGWINCH)
	for {
		size, err := pty.GetsizeFull(os.Stdin)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("size %dx%d\n", size.Cols, size.Rows)
		if size.Cols == 132 {
			return
		}
		<-signals
	}
}

// transcript is what a process has written so far.
type transcript struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *transcript) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// await waits until the text holds part.
func (s *transcript) await(t *testing.T, part string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the output holds %q", part), func() bool { return strings.Contains(s.String(), part) })
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if poll(holds) {
		return
	}
	t.Fatalf("it never comes that %s", what)
}

// run is a process with what it writes.
type run struct {
	workload.Process
	out, err transcript
}

func start(t *testing.T, config Config, streams workload.Streams, env map[string]string, command ...string) *run {
	t.Helper()
	checkLeaks(t)
	if config.Environ == nil {
		config.Environ = os.Environ()
	}
	config.Monitor = self(t)
	r := &run{}
	if streams.Out == nil {
		streams.Out = &r.out
	}
	if streams.Err == nil {
		streams.Err = &r.err
	}
	p, err := New(config).Start(t.Context(), workload.Spec{Command: command}, workload.NewEnvironment(env), streams)
	if err != nil {
		t.Fatal(err)
	}
	r.Process = p
	return r
}

func (r *run) wait(t *testing.T) int {
	t.Helper()
	code, err := r.Wait(context.Background())
	if err != nil {
		t.Error(err)
	}
	return code
}

func shell(t *testing.T, streams workload.Streams, script string) *run {
	t.Helper()
	return start(t, Config{}, streams, nil, "sh", "-c", script)
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func alive(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(state), ") ")
	return !strings.HasPrefix(after, "Z")
}

// checkLeaks fails t if file descriptors are left at its end.
func checkLeaks(t *testing.T) {
	t.Helper()
	before := openFiles()
	t.Cleanup(func() {
		eventually(t, "all files are closed", func() bool { return openFiles() <= before })
	})
}

func openFiles() int {
	entries, _ := os.ReadDir("/dev/fd")
	return len(entries)
}

// endless is a reader that nothing comes from until it is closed.
func endless(t *testing.T) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	return r
}
