//go:build linux || darwin

package resident

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestServe_EndsWhenIdleAndIsStartedAgain(t *testing.T) {
	c := config(t)
	c.Idle = 20 * time.Millisecond
	ended := serve(t, c, "first")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	c.Idle = time.Minute
	if got, err := ask(t, c, func() error { serve(t, c, "second"); return nil }); err != nil || got != "second:hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestServe_StaysForAConnectionThatIsOpen(t *testing.T) {
	c := config(t)
	c.Idle = 20 * time.Millisecond
	ended := serve(t, c, "first")
	conn, err := Connect(c, noStart)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Errorf("it ends with %v below an open connection", err)
	case <-time.After(5 * c.Idle):
	}
	_ = conn.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServe_TakesOverFromOneThatWasKilled(t *testing.T) {
	c := config(t)
	if err := os.Mkdir(c.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	// What is left: a socket without a listener, and a lock without a holder.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: c.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	_ = listener.Close()
	if err := os.WriteFile(c.Socket()+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, c, func() error { serve(t, c, "second"); return nil }); err != nil || got != "second:hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestServe_RemovesSocketsThatNobodyListensAt(t *testing.T) {
	c := config(t)
	other := c
	other.Kind = "older"
	if err := os.Mkdir(c.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{other.Socket(), other.Socket() + ".lock"} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lives := c
	lives.Kind = "another"
	serve(t, lives, "another")
	serve(t, c, "first")
	if _, err := os.Stat(other.Socket()); err == nil {
		t.Error("a dead socket is left")
	}
	if got, err := ask(t, lives, noStart); err != nil || got != "another:hello" {
		t.Errorf("one that lives: %q, %v", got, err)
	}
}

func TestServe_StrangersDoNotKeepIt(t *testing.T) {
	c := config(t)
	c.Idle = 100 * time.Millisecond
	ended := serve(t, c, "first")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			if conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: c.Socket(), Net: "unix"}); err == nil {
				_ = prove(conn, secret.NewValue([]byte("no")), asClient, asResident)
				_ = conn.Close()
			}
		}
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("strangers keep it")
	}
}

func TestServe_OneOnly(t *testing.T) {
	c := config(t)
	serve(t, c, "first")
	if err := Serve(t.Context(), c, func() { t.Error("a second one listens") }, echo("second")); !errors.Is(err, ErrTaken) {
		t.Errorf("err = %v", err)
	}
}
