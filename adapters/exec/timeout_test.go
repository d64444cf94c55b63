package exec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// told checks that err is a timeout that says who, how long and what to do.
func told(t *testing.T, err error, limit, said string) {
	t.Helper()
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("%v is no timeout", err)
		return
	}
	for _, want := range []string{program, limit, "look whether its backend answers, or raise the timeout of the provider test", said} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

func TestTimeout_OfTheProgramSaysWhatToDo(t *testing.T) {
	_, err := get(t, open(t, config("gives up")), "a")
	told(t, err, "5m0s", "it says: the vault is slow")
	results, err := open(t, config("gives up on one")).GetAll(t.Context(), []secret.Ref{ref(t, "a"), ref(t, "b")})
	if err != nil || results[0].Err != nil {
		t.Fatalf("%v, %v", results, err)
	}
	told(t, results[1].Err, "5m0s", "")
}

// TestTimeout_OfTheProgramComesBeforeTheHosts asks a program over Serve whose
// provider answers nothing.
func TestTimeout_OfTheProgramComesBeforeTheHosts(t *testing.T) {
	folder := t.TempDir()
	p := open(t, config("memory", folder))
	p.session.Timeout, p.session.answerSlack = 100*time.Millisecond, time.Minute
	if err := os.WriteFile(filepath.Join(folder, "hang"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := get(t, p, "a")
	told(t, err, "100ms", "")
	if strings.Contains(err.Error(), "it says") {
		t.Errorf("it says nothing of its own: %v", err)
	}
}

func TestTimeout_OfTheCallerIsUnchanged(t *testing.T) {
	folder := t.TempDir()
	p := open(t, config("memory", folder))
	if err := os.WriteFile(filepath.Join(folder, "hang"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := p.Get(ctx, ref(t, "a"))
		_, batch := p.GetAll(ctx, []secret.Ref{ref(t, "a"), ref(t, "b")})
		cancel()
		for _, err := range []error{err, batch} {
			if err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
				t.Error(err)
			}
		}
	}
}
