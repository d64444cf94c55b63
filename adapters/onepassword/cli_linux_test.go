package onepassword

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
)

func TestCLI_OpEndsWithACallerThatIsKilled(t *testing.T) {
	listener, dir := listen(t), t.TempDir()
	stage(t, dir, script{Dial: listener.Addr().String()})
	asking := exec.Command(os.Args[0])
	asking.Env = append(os.Environ(), caller+"="+dir)
	if err := asking.Start(); err != nil {
		t.Fatal(err)
	}
	op := accept(t, listener)
	if err := asking.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = asking.Wait()
	wantEnd(t, op)
}

func TestRunOnOneThread_OpOutlivesTheThreadsOfOthers(t *testing.T) {
	_, dir := opIn(t, script{Out: "[]"}, CLIConfig{})
	config := fakeConfig(CLIConfig{}, dir)
	over, others, callers := make(chan struct{}), sync.WaitGroup{}, sync.WaitGroup{}
	for range 4 {
		others.Go(func() { endThreads(over) })
	}
	for range 8 {
		callers.Go(func() {
			for range 10 {
				cmd := exec.Command(config.Path)
				cmd.Env, cmd.SysProcAttr = config.Environ, attributes()
				cmd.Args = append(cmd.Args, "vault", "list")
				if err := runOnOneThread(cmd); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	close(over)
	others.Wait()
}

// endThreads has one thread of this process end after the other.
func endThreads(over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			runtime.LockOSThread() // and never unlocked
		}()
		<-ended
	}
}
