//go:build linux || darwin

package resident

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func config(t *testing.T) Config {
	t.Helper()
	folder, err := os.MkdirTemp("", "thv-r")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return Config{
		Folder: filepath.Join(folder, "own"), Name: "test", Kind: "1",
		Key: secret.NewValue([]byte("key")), Idle: time.Minute,
	}
}

// echo answers a line with itself, and who did it.
func echo(name string) func(context.Context, *net.UnixConn) {
	return func(_ context.Context, conn *net.UnixConn) {
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil {
			_, _ = io.WriteString(conn, name+":"+line)
		}
	}
}

// serve starts a resident until the test's end, and returns once it listens.
func serve(t *testing.T, c Config, name string) (ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- Serve(ctx, c, func() { close(ready) }, echo(name))
	}()
	t.Cleanup(cancel)
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("it ends with %v before it listens", err)
	}
	return done
}

func noStart() error { return errors.New("must not start one") }

func ask(t *testing.T, c Config, start func() error) (string, error) {
	t.Helper()
	conn, err := Connect(c, start)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(answer), err
}

func TestConnect_ReachesTheResident(t *testing.T) {
	c := config(t)
	serve(t, c, "first")
	for range 3 {
		if got, err := ask(t, c, noStart); err != nil || got != "first:hello" {
			t.Errorf("%q, %v", got, err)
		}
	}
	for path, mode := range map[string]os.FileMode{c.Folder: 0o700, c.Socket(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has the mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestConnect_StartsOneForMany(t *testing.T) {
	c := config(t)
	var starts atomic.Int32
	start := func() error {
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		ready, done := make(chan struct{}), make(chan error, 1)
		name := fmt.Sprint(starts.Add(1))
		go func() { done <- Serve(ctx, c, func() { close(ready) }, echo(name)) }()
		select {
		case <-ready:
			return nil
		case err := <-done:
			if errors.Is(err, ErrTaken) {
				return nil
			}
			return err
		}
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 20 {
		all.Go(func() {
			got, err := ask(t, c, start)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[got] = true
		})
	}
	all.Wait()
	if len(seen) != 1 {
		t.Errorf("%d residents answer: %v", len(seen), seen)
	}
}

func TestConnect_WithoutTheKeyGetsAndGivesNothing(t *testing.T) {
	c := config(t)
	reached := make(chan struct{}, 1)
	ready := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_ = Serve(ctx, c, func() { close(ready) }, func(context.Context, *net.UnixConn) { reached <- struct{}{} })
	}()
	<-ready
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: c.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := prove(conn, secret.NewValue([]byte("another")), asClient, asResident); err == nil {
		t.Error("who has another key is let in")
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
	select {
	case <-reached:
		t.Error("the provider is reached")
	default:
	}
}

func TestConnect_TrustsNoImpostor(t *testing.T) {
	c := config(t)
	if err := os.Mkdir(c.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: c.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			_ = prove(conn, secret.NewValue([]byte("guess")), asResident, asClient)
			_ = conn.Close()
		}
	}()
	if _, err := Connect(c, noStart); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("err = %v", err)
	}
	// Nor one that sends back what it is sent.
	mirror := c
	mirror.Kind = "mirror"
	echoing, err := net.ListenUnix("unix", &net.UnixAddr{Name: mirror.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer echoing.Close()
	go func() {
		for {
			conn, err := echoing.AcceptUnix()
			if err != nil {
				return
			}
			_, _ = io.CopyN(conn, conn, 2*proofSize)
			_ = conn.Close()
		}
	}()
	if _, err := Connect(mirror, noStart); !errors.Is(err, errStranger) {
		t.Errorf("a mirror: %v", err)
	}
}

func TestSocket_OfAnotherKeyOrKindIsAnother(t *testing.T) {
	c := config(t)
	key, kind := c, c
	key.Key, kind.Kind = secret.NewValue([]byte("other")), "2"
	if c.Socket() == key.Socket() || c.Socket() == kind.Socket() {
		t.Error("two residents share a socket")
	}
	if strings.Contains(c.Socket(), "key") {
		t.Error("the socket's name tells the key")
	}
}

func TestConnect_RefusesAFolderThatOthersCanEnter(t *testing.T) {
	c := config(t)
	if err := os.Mkdir(c.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Connect(c, noStart); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("err = %v", err)
	}
	c.Folder = ""
	if _, err := Connect(c, noStart); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without a folder: %v", err)
	}
	c = config(t)
	c.Key = secret.Value{}
	if _, err := Connect(c, noStart); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without a key: %v", err)
	}
}

func TestConnect_SaysWhyNoneStarts(t *testing.T) {
	if _, err := Connect(config(t), noStart); err == nil || !strings.Contains(err.Error(), "must not start one") {
		t.Errorf("err = %v", err)
	}
}
