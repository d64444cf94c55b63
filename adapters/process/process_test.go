//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestWait_ReturnsTheStatus(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0": 0, "exit 3": 3, "exit 255": 255,
		"kill -KILL $$": 137, "kill -TERM $$": 143, "kill -SEGV $$": 139,
	} {
		for _, terminal := range []bool{false, true} {
			if got := shell(t, workload.Streams{Terminal: terminal}, script).wait(t); got != want {
				t.Errorf("%s (terminal %v): got %d, want %d", script, terminal, got, want)
			}
		}
	}
}

func TestStart_OutputIsExact(t *testing.T) {
	const size = 100 << 20
	var out, stderr bytes.Buffer
	r := shell(t, workload.Streams{Out: &out, Err: &stderr},
		fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; printf 'a\\r\\n\\377\\0b' >&2; printf end", size))
	if code := r.wait(t); code != 0 {
		t.Fatal(code)
	}
	got := out.Bytes()
	if len(got) != size+3 || !bytes.HasSuffix(got, []byte("xend")) || bytes.Count(got, []byte("x")) != size {
		t.Errorf("%d bytes, ending in %q", len(got), got[max(0, len(got)-4):])
	}
	if stderr.String() != "a\r\n\xff\x00b" {
		t.Errorf("%q", stderr.String())
	}
}

type slow struct {
	transcript
	wait time.Duration
}

func (s *slow) Write(p []byte) (int, error) {
	time.Sleep(s.wait) //nolint:forbidigo // a writer that is slow
	s.wait = 0
	return s.transcript.Write(p)
}

func TestWait_SlowWriterGetsEverything(t *testing.T) {
	out := &slow{wait: drainTime + 500*time.Millisecond}
	r := shell(t, workload.Streams{Out: out}, "printf first; sleep 0.2; head -c 60000 /dev/zero | tr '\\0' x")
	r.wait(t)
	if got := out.String(); len(got) != 60005 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestWait_ReturnsAWritersError(t *testing.T) {
	broken := errors.New("broken")
	r := shell(t, workload.Streams{Out: writer(func([]byte) (int, error) { return 0, broken })}, "while echo x; do :; done 2>/dev/null")
	if _, err := r.Wait(context.Background()); !errors.Is(err, broken) {
		t.Error(err)
	}
	r = shell(t, workload.Streams{Out: writer(func([]byte) (int, error) { return 0, syscall.EPIPE })}, "exec cat /dev/zero")
	if code := r.wait(t); code != 128+int(syscall.SIGPIPE) {
		t.Error(code)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestStart_InputEnds(t *testing.T) {
	for name, in := range map[string]io.Reader{"reader": strings.NewReader("one\ntwo"), "none": nil} {
		r := shell(t, workload.Streams{In: in}, "cat; echo .")
		r.wait(t)
		if want := map[string]string{"reader": "one\ntwo.\n", "none": ".\n"}[name]; r.out.String() != want {
			t.Errorf("%s: %q", name, r.out.String())
		}
	}
}

func TestStart_FileIsReadByTheProcessAlone(t *testing.T) {
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = in.Close(), feed.Close() }()
	if _, err := feed.WriteString("line 1\nline 2\n"); err != nil {
		t.Fatal(err)
	}
	r := shell(t, workload.Streams{In: in}, "read line; echo got $line")
	r.wait(t)
	_ = feed.Close()
	rest, err := io.ReadAll(in)
	if r.out.String() != "got line 1\n" || string(rest) != "line 2\n" || err != nil {
		t.Errorf("%q, then %q (%v)", r.out.String(), rest, err)
	}
}

func TestWait_EndsWhileInputIsOpen(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		r := shell(t, workload.Streams{In: endless(t), Terminal: terminal}, "exit 4")
		if code := r.wait(t); code != 4 {
			t.Error(code)
		}
	}
}

func TestWait_DoesNotHangOnWhatIsLeftBehind(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		r := shell(t, workload.Streams{Terminal: terminal}, "trap '' HUP; sleep 600 & echo $! done; exit 5")
		if code := r.wait(t); code != 5 {
			t.Error(code)
		}
		text, _, _ := strings.Cut(r.out.String(), " ")
		pid, err := strconv.Atoi(text)
		if err != nil || !alive(pid) {
			t.Errorf("what was left behind did not live on: %q", r.out.String())
		}
		if pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func TestStart_SaysWhyNothingStarts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("plain", "text", 0o600)
	write("no-interpreter", "#!/no/such/interpreter\n", 0o700)
	write("no-program", "\x01\x02\x03", 0o700)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		spec workload.Spec
		want error
	}{
		{workload.Spec{Command: []string{"no-such-command"}}, workload.ErrNoCommand},
		{workload.Spec{Command: []string{dir + "/no-such-command"}}, workload.ErrNoCommand},
		{workload.Spec{Command: []string{"./no-such-command"}, Workdir: dir}, workload.ErrNoCommand},
		{workload.Spec{Command: []string{"plain"}}, workload.ErrCannotExecute},
		{workload.Spec{Command: []string{"./plain"}, Workdir: dir}, workload.ErrCannotExecute},
		{workload.Spec{Command: []string{"folder"}}, workload.ErrNoCommand},
		{workload.Spec{Command: []string{dir + "/folder"}}, workload.ErrCannotExecute},
		{workload.Spec{Command: []string{"no-interpreter"}}, workload.ErrCannotExecute},
		{workload.Spec{Command: []string{"no-program"}}, workload.ErrCannotExecute},
		{workload.Spec{Command: []string{"sh"}, Workdir: dir + "/none"}, workload.ErrCannotExecute},
		{workload.Spec{}, secret.ErrUnsupported},
		{workload.Spec{Image: "image", Command: []string{"sh"}}, secret.ErrUnsupported},
		{workload.Spec{Memory: 1, Command: []string{"sh"}}, secret.ErrUnsupported},
		{workload.Spec{ReadOnly: true, Command: []string{"sh"}}, secret.ErrUnsupported},
		{workload.Spec{Delivery: workload.DeliverySealed, Command: []string{"sh"}}, secret.ErrUnsupported},
	}
	checkLeaks(t)
	environment := workload.NewEnvironment(map[string]string{"PATH": "/no/such/folder:" + dir + ":/bin:/usr/bin"})
	for _, test := range tests {
		_, err := New(Config{}).Start(t.Context(), test.spec, environment, workload.Streams{Out: io.Discard, Err: io.Discard})
		if !errors.Is(err, test.want) {
			t.Errorf("%q: got %v, want %v", test.spec.Command, err, test.want)
		}
	}
}

func TestStart_FilesAreRefused(t *testing.T) {
	var environment workload.Environment
	if err := environment.SetFile("/run/secrets/a", 0o400, secret.NewValue([]byte("canary"))); err != nil {
		t.Fatal(err)
	}
	checkLeaks(t)
	_, err := New(Config{}).Start(t.Context(), workload.Spec{Command: []string{"true"}}, environment, workload.Streams{Out: io.Discard, Err: io.Discard})
	if !errors.Is(err, secret.ErrUnsupported) || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
}

func TestStart_TooLargeEnvironmentIsAClearError(t *testing.T) {
	var environment workload.Environment
	value := secret.NewValue(bytes.Repeat([]byte("canary"), 20000))
	for i := range 100 {
		if err := environment.SetSecret(fmt.Sprint("V", i), value); err != nil {
			t.Fatal(err)
		}
	}
	checkLeaks(t)
	_, err := New(Config{Environ: os.Environ()}).Start(t.Context(), workload.Spec{Command: []string{"true"}}, environment,
		workload.Streams{Out: io.Discard, Err: io.Discard})
	if !errors.Is(err, secret.ErrTooLarge) || strings.Contains(err.Error(), "canary") {
		t.Errorf("%.300v", err)
	}
}

func TestStart_EnvironmentWinsAndIsNotShown(t *testing.T) {
	var environment workload.Environment
	if err := environment.SetSecret("KEY", secret.NewValue([]byte("canary"))); err != nil {
		t.Fatal(err)
	}
	var log, out transcript
	config := Config{
		Environ: []string{"PATH=" + os.Getenv("PATH"), "KEY=old", "OTHER=kept", "KEY=older"},
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	p, err := New(config).Start(t.Context(), workload.Spec{Command: []string{"env"}, Workdir: "/"}, environment, workload.Streams{Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "KEY=") != 1 || !strings.Contains(got, "KEY=canary\n") || !strings.Contains(got, "OTHER=kept\n") {
		t.Errorf("%q", got)
	}
	if fmt.Sprintf("%+v", p.(*running).cmd.Env) != "[]" || strings.Contains(log.String(), "canary") || !strings.Contains(log.String(), "pid=") {
		t.Errorf("the environment lives on, or the log is wrong: %s", log.String())
	}
}

func TestReplace_KeepsTheProcess(t *testing.T) {
	cmd := exec.Command(self(t), "env", "-u", "NOTHING", self(t), "a", "b c")
	cmd.Env = append(os.Environ(), roleVariable+"=replace")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err, out.String())
	}
	if want := fmt.Sprintf("args [a b c] pid %d\n", cmd.Process.Pid); out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	err := New(Config{}).Replace(workload.Spec{Command: []string{"no-such-command"}}, workload.Environment{})
	if !errors.Is(err, workload.ErrNoCommand) {
		t.Error(err)
	}
}
