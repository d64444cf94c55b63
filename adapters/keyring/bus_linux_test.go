package keyring

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// sources are the calls of an OS keyring, all of which a fault must reach.
func calls(o *OS) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Check": o.Check,
		"Password": func(ctx context.Context) error {
			_, err := o.Password(ctx, "thv-test")
			return err
		},
		"Keep":   func(ctx context.Context) error { return o.Keep(ctx, "thv-test", secret.NewValue([]byte("x"))) },
		"Forget": func(ctx context.Context) error { return o.Forget(ctx, "thv-test") },
	}
}

func wantEach(t *testing.T, o *OS, class error, words string) {
	t.Helper()
	for name, call := range calls(o) {
		t.Run(name, func(t *testing.T) { wantError(t, call(t.Context()), class, words) })
	}
}

// A bus would be started by the program dbus-launch; here it leaves a file.
func TestOS_WithoutBusIsUnsupportedAndStartsNone(t *testing.T) {
	bin, started := t.TempDir(), filepath.Join(t.TempDir(), "started")
	script := "#!/bin/sh\ntouch " + started + "\n"
	if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	for _, config := range []Config{
		{},
		{RuntimeDir: t.TempDir()},
		{BusAddress: "disabled:"},
		{BusAddress: "autolaunch:"},
		{BusAddress: "autolaunch:scope=user", RuntimeDir: t.TempDir()},
	} {
		wantEach(t, NewOS(config), secret.ErrUnsupported, "session bus")
	}
	if _, err := os.Stat(started); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("dbus-launch was started (%v)", err)
	}
}

func TestOS_BusThatRefusesIsUnavailable(t *testing.T) {
	for _, address := range []string{
		"unix:path=" + filepath.Join(t.TempDir(), "bus"),
		"tcp:host=127.0.0.1,port=1",
		"nonsense",
		"unknown:path=/x",
	} {
		wantEach(t, NewOS(Config{BusAddress: address}), secret.ErrUnavailable, "session bus cannot be reached")
	}
}

// silentBus takes connections and never says a word.
func silentBus(t testing.TB) (runtimeDir string) {
	t.Helper()
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return dir
}

func TestOS_SilentBusIsUnavailableInTime(t *testing.T) {
	config := Config{RuntimeDir: silentBus(t), Timeout: 50 * time.Millisecond}
	wantEach(t, NewOS(config), secret.ErrUnavailable, "did not answer within 50ms")
}

func TestOS_ReturnsTheCallersContextUnchanged(t *testing.T) {
	o := NewOS(Config{RuntimeDir: silentBus(t), Timeout: time.Hour})
	for name, call := range calls(o) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			if err := call(ctx); err != context.Canceled { //nolint:errorlint // unchanged is the promise
				t.Errorf("canceled: %v", err)
			}
			if err := call(ctx); err != context.Canceled { //nolint:errorlint // unchanged is the promise
				t.Errorf("canceled before: %v", err)
			}
			ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if err := call(ctx); err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
				t.Errorf("deadline: %v", err)
			}
		})
	}
}

func TestOS_BusWithoutSecretServiceIsUnsupported(t *testing.T) {
	if !inSession(t, "no-service") {
		return
	}
	wantEach(t, NewOS(sessionConfig()), secret.ErrUnsupported, "no program on the session bus keeps secrets")
}
