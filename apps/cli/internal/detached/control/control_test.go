package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// shortFolder is short enough for a socket, wherever temporary files are.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "thv-c")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return filepath.Join(folder, "own")
}

func serve(t *testing.T, folder string, handle func(context.Context, Request) Answer) string {
	t.Helper()
	listener, err := Listen([]string{folder}, "owner", "web")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); Serve(t.Context(), listener, handle) }()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

func TestCall_IsAnswered(t *testing.T) {
	folder := shortFolder(t)
	path := serve(t, folder, func(_ context.Context, r Request) Answer {
		if r.Verb == Stop && r.Grace == time.Second {
			return Answer{Container: "abc"}
		}
		return Answer{Failure: NewFailure(fmt.Errorf("%w: no", secret.ErrLocked))}
	})
	answer, err := Call(t.Context(), path, Request{Verb: Stop, Grace: time.Second})
	if err != nil || answer.Container != "abc" {
		t.Errorf("%v %v", answer, err)
	}
	_, err = Call(t.Context(), path, Request{Verb: Restart})
	if !errors.Is(err, secret.ErrLocked) || err.Error() != "locked: no" {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v %v", info, err)
	}
}

func TestCall_NobodyIsThere(t *testing.T) {
	if _, err := Call(t.Context(), filepath.Join(shortFolder(t), "s"), Request{}); !errors.Is(err, ErrNoResponse) {
		t.Error(err)
	}
}

func TestCall_EndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	path := serve(t, shortFolder(t), func(context.Context, Request) Answer {
		cancel()
		<-release
		return Answer{}
	})
	if _, err := Call(ctx, path, Request{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestListen_TakesTheNextFolder(t *testing.T) {
	open := shortFolder(t)
	if err := os.MkdirAll(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(shortFolder(t), strings.Repeat("x", 100))
	good := shortFolder(t)
	if _, err := Listen([]string{open, long}, "owner", "web"); !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a folder that others can enter: %v", err)
	}
	for range 2 { // the second time over what the first has left
		listener, err := Listen([]string{open, long, good}, "owner", "web")
		if err != nil || filepath.Dir(listener.Addr().String()) != good {
			t.Fatalf("%v %v", listener, err)
		}
		listener.SetUnlinkOnClose(false)
		_ = listener.Close()
	}
}

func TestFailure_KeepsClassTextAndExitCode(t *testing.T) {
	for _, err := range []error{
		secret.Usagef("usage"), workload.ErrInvalidSpec, workload.ErrNoCommand, workload.ErrCannotExecute,
		secret.ErrNotFound, secret.ErrDenied, secret.ErrLocked, secret.ErrUnavailable, secret.ErrCorrupt,
		secret.ErrConflict, secret.ErrUnsupported, context.Canceled, context.DeadlineExceeded, errors.New("other"),
	} {
		err = fmt.Errorf("web: %w", err)
		back := NewFailure(err).Err()
		if back.Error() != err.Error() || terminal.ExitCode(back) != terminal.ExitCode(err) || NewFailure(back).Class != NewFailure(err).Class {
			t.Errorf("%v (%d) became %v (%d)", err, terminal.ExitCode(err), back, terminal.ExitCode(back))
		}
	}
	if NewFailure(nil).Err() != nil {
		t.Error("nil became an error")
	}
}

// A supervisor that is told to end ends when Serve has returned: an answer that is
// still due would be lost.
func TestServe_ReturnsOnceAllIsAnswered(t *testing.T) {
	folders := []string{shortFolder(t)}
	listener, err := Listen(folders, "me", "web")
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("unix", Paths(folders, "me", "web")[0]) // is not waited for
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		Serve(t.Context(), listener, func(context.Context, Request) Answer {
			_ = listener.Close()
			select {
			case <-returned:
				t.Error("it returns before it has answered")
			case <-time.After(100 * time.Millisecond):
			}
			return Answer{Container: "c"}
		})
	}()
	if answer, err := Call(t.Context(), Paths(folders, "me", "web")[0], Request{Verb: Stop}); err != nil || answer.Container != "c" {
		t.Errorf("%+v, %v", answer, err)
	}
	<-returned
}

func TestCall_BrokenOffAfterTheRequest(t *testing.T) {
	listener, err := Listen([]string{shortFolder(t)}, "owner", "web")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.AcceptUnix()
		if err == nil {
			_, _ = conn.Read(make([]byte, 4096))
			_ = conn.Close()
		}
	}()
	_, err = Call(t.Context(), listener.Addr().String(), Request{Verb: Stop})
	if !errors.Is(err, ErrDisconnected) || !errors.Is(err, ErrNoResponse) {
		t.Error(err)
	}
}
