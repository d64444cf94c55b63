package filestore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A line of a trace: the thread, the call, its arguments and result.
var callLine = regexp.MustCompile(`^(\d+) +(\w+)\((.*)`)

// Calls that touch no file: what is killed in one of them is as if killed in the
// next one that does.
var withoutFiles = []string{
	"mmap", "munmap", "madvise", "mprotect", "futex", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "sigaltstack",
	"nanosleep", "clone", "clone3", "getpid", "gettid", "tgkill", "sched_yield", "sched_getaffinity", "getrandom",
	"exit_group", "epoll_pwait", "set_robust_list", "rseq", "prctl", "brk", "arch_prctl", "execve", "timer_create", "timer_settime",
}

// skipOrFail is for a test that needs a tool: it must run where CI or THV_REAL=1
// says so.
func skipOrFail(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" || os.Getenv("THV_REAL") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// traced runs one set under strace with options, and answers what it wrote to
// standard output. An end by a signal is no error here.
func traced(t *testing.T, path string, options ...string) string {
	t.Helper()
	out, _ := tracedAction(t, "set", path, options...)
	return out
}

// tracedAction is traced for any action, and answers also what it wrote to
// standard error.
func tracedAction(t *testing.T, action, path string, options ...string) (output, errors string) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		skipOrFail(t, "needs strace; run: sudo apt-get install strace")
	}
	cmd := actor(t.Context(), action, path, "a")
	cmd.Args = slices.Concat([]string{"strace", "-f", "-qq"}, options, []string{cmd.Path})
	cmd.Path, cmd.Err = exec.LookPath("strace")
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if _, ended := err.(*exec.ExitError); err != nil && !ended { //nolint:errorlint // exec returns it as it is
		skipOrFail(t, fmt.Sprintf("strace: %v %s", err, messages.String()))
	}
	if strings.Contains(messages.String(), "ptrace") {
		skipOrFail(t, "tracing is not allowed here: "+messages.String())
	}
	return string(out), messages.String()
}

// callsOf traces an action, and answers for each system call that it makes after
// the marker how often the thread has made it before.
func callsOf(t *testing.T, action, path string) map[string]int {
	t.Helper()
	log := filepath.Join(t.TempDir(), "trace")
	if out, errors := tracedAction(t, action, path, "-o", log); !strings.Contains(out, "acknowledged a") {
		t.Fatalf("the traced %s printed %q, %q", action, out, errors)
	}
	before, during := map[string]int{}, map[string]int{}
	first, marked := "", false
	for line := range strings.Lines(string(readFile(t, log))) {
		m := callLine.FindStringSubmatch(line)
		if m == nil || first != "" && m[1] != first {
			continue
		}
		first = m[1]
		switch {
		case strings.Contains(m[3], marker):
			marked = true
		case !marked:
			before[m[2]]++
		case !slices.Contains(withoutFiles, m[2]):
			during[m[2]] = before[m[2]]
		}
	}
	return during
}

func TestPut_KilledAtEverySystemCallLeavesTheOldOrTheNewStore(t *testing.T) {
	t.Parallel()
	path, keys := madeStore(t)
	put(t, open(t, Config{Path: path, Keys: keys}), "other", "stays")
	old := readFile(t, path)
	calls := callsOf(t, "set", path)
	t.Logf("calls of a set, and how often each was made before: %v", calls)
	for _, must := range []string{"openat", "read", "write", "fsync", "flock", "close", "fstat"} {
		if _, ok := calls[must]; !ok {
			t.Errorf("%s was not traced", must)
		}
	}
	kills, outcomes := 0, map[string]int{}
	for call, before := range calls {
		// A few earlier, for a runtime that does not always start the same.
		for n := max(before-1, 1); ; n++ {
			writeFile(t, path, old)
			out := traced(t, path, "-o", "/dev/null", "-e", "trace="+call,
				"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n))
			outcomes[wantOldOrNew(t, path, out, fmt.Sprintf("%s %d", call, n))]++
			if strings.Contains(out, "acknowledged") && n > before {
				break
			}
			kills++
			if n > before+100 {
				t.Fatalf("%s never completed", call)
			}
		}
	}
	t.Logf("%d kills: %v", kills, outcomes)
	if outcomes["1"] == 0 || outcomes["new"] == 0 || kills < 20 {
		t.Error("too few outcomes to mean anything")
	}
	put(t, open(t, Config{Path: path, Keys: keys}), "a", "after all")
	wantOnly(t, path)
}

func wantOldOrNew(t *testing.T, path, out, at string) string {
	t.Helper()
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	wantValue(t, s, "other", "stays")
	got, err := s.Get(t.Context(), ref(t, "a"))
	if err != nil {
		t.Fatalf("killed at %s: %v", at, err)
	}
	text := string(got.Bytes())
	acknowledged := strings.Contains(out, "acknowledged a")
	if text != "new" && (text != "1" || acknowledged) {
		t.Fatalf("killed at %s: acknowledged %v, and the store is another", at, acknowledged)
	}
	return text
}

func TestPut_SyncsTwice(t *testing.T) {
	path, _ := madeStore(t)
	log := filepath.Join(t.TempDir(), "trace")
	traced(t, path, "-o", log, "-e", "trace=fsync,fdatasync,sync,syncfs")
	if n := strings.Count(string(readFile(t, log)), "sync("); n != 2 {
		t.Errorf("%d times", n)
	}
}

// TestPut_ACallThatFailsIsNotAcknowledged lets the calls of a write fail.
func TestPut_ACallThatFailsIsNotAcknowledged(t *testing.T) {
	path, keys := madeStore(t)
	old := readFile(t, path)
	for _, fault := range []string{"write:error=ENOSPC", "fsync:error=EIO:when=1", "renameat:error=EACCES", "flock:error=ENOLCK"} {
		call, _, _ := strings.Cut(fault, ":")
		out := traced(t, path, "-o", "/dev/null", "-e", "trace="+call, "-e", "inject="+fault)
		if out != "" {
			t.Errorf("%s: acknowledged", fault)
		}
		wantUnchanged(t, path, old)
		wantOnly(t, path)
	}
	// The folder's own fsync comes last: the new store may be there, but it is
	// not acknowledged.
	if out := traced(t, path, "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=2"); out != "" {
		t.Error("a folder that was not synced: acknowledged")
	}
	if err := open(t, Config{Path: path, Keys: keys}).Check(t.Context()); err != nil {
		t.Error(err)
	}
}
