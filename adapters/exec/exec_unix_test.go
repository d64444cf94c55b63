//go:build unix

package exec

import (
	"bufio"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

func TestProgram_GetsNoDescriptorAndAGroupOfItsOwn(t *testing.T) {
	own := filepath.Join(t.TempDir(), "canary")
	// Without O_CLOEXEC, as one that a shell has opened for this process.
	fd, err := unix.Open(own, unix.O_CREAT|unix.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	p := open(t, config("surroundings"))
	group, err := get(t, p, "group")
	if pid, of, _ := strings.Cut(group, " "); err != nil || of != pid {
		t.Errorf("its process and group are %s, %v", group, err)
	}
	descriptors, err := get(t, p, "descriptors")
	if err != nil || strings.Contains(descriptors, "canary") {
		t.Errorf("it has open:\n%s\n%v", descriptors, err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("what a program has open is looked at on Linux only")
	}
	if !strings.Contains(descriptors, "pipe:") {
		t.Error("the program does not see what it has open")
	}
}

// runs reports whether a process is there and no zombie, which waits for nothing
// but its parent.
func runs(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err == nil {
		_, state, _ := strings.Cut(string(stat), ") ")
		return !strings.HasPrefix(state, "Z")
	}
	return runtime.GOOS != "linux" && syscall.Kill(pid, 0) == nil
}

func number(t *testing.T, text string, err error) int {
	t.Helper()
	n, failed := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || failed != nil {
		t.Fatalf("%q, %v", text, err)
	}
	return n
}

func TestClose_EndsWhatTheProgramHasStarted(t *testing.T) {
	for name, closing := range map[string]func(*Provider){
		"Close": func(p *Provider) { _ = p.Close() }, "Kill": func(p *Provider) { p.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, config("leaves a child"))
			text, err := get(t, p, "a")
			child := number(t, text, err)
			if !runs(child) {
				t.Fatal("there is no child")
			}
			closing(p)
			until(t, "the child ends", func() bool { return !runs(child) })
		})
	}
}

func TestProgram_ThatEndsTakesItsChildrenAlong(t *testing.T) {
	p := open(t, config("ends before its child"))
	text, err := get(t, p, "a")
	child := number(t, text, err)
	if _, err := get(t, p, "b"); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	until(t, "the child ends", func() bool { return !runs(child) })
}

func TestClose_DoesNotWaitForWhatHasLeftTheGroup(t *testing.T) {
	t.Parallel()
	p := open(t, config("child in a session"))
	text, err := get(t, p, "a")
	child := number(t, text, err)
	t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if !runs(child) {
		t.Error("the child was meant to outlive the program")
	}
}

func TestProgram_EndsWithAHostThatIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a program with its host")
	}
	hosting := &osexec.Cmd{Path: program, Args: []string{program}, Env: []string{modeVariable + "=host"}}
	out, err := hosting.StdoutPipe()
	if err == nil {
		err = hosting.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid := number(t, strings.TrimSuffix(line, " <nil>\n"), err)
	if !runs(pid) {
		t.Error("there is no program")
	}
	_ = hosting.Process.Kill()
	_ = hosting.Wait()
	until(t, "the program ends", func() bool { return !runs(pid) })
}

func TestProgram_WithoutAnEnvironmentInheritsNone(t *testing.T) {
	t.Setenv("EXEC_TEST_CANARY", "Hunter2")
	folder := installed(t)
	script := "#!/bin/sh\nexport -p >\"$1\"\n"
	if err := os.WriteFile(folder+"/bin/provider", []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Scheme: "memory", Command: []string{folder + "/bin/provider", folder + "/seen"}})
	if !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	seen, err := os.ReadFile(folder + "/seen")
	if err != nil || !strings.Contains(string(seen), "PWD") || strings.Contains(string(seen), "EXEC_TEST_CANARY") {
		t.Errorf("%s, %v", seen, err)
	}
}
