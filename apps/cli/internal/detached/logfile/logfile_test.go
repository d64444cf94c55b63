package logfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
)

func newLog(t *testing.T) *Log {
	t.Helper()
	l := New(filepath.Join(t.TempDir(), "logs", "web.log"), func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func write(t *testing.T, l *Log, stream, text string) {
	t.Helper()
	if n, err := l.Stream(stream).Write([]byte(text)); err != nil || n != len(text) {
		t.Fatalf("%d %v", n, err)
	}
}

// texts are the entries as STREAM TEXT, a part with a + at its end.
func texts(t *testing.T, path string, q Query) []string {
	t.Helper()
	var got []string
	err := Read(t.Context(), path, q, func(e Entry) error {
		text := e.Stream + " " + e.Text
		if e.Partial {
			text += "+"
		}
		got = append(got, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRead_AnswersWhatWasWritten(t *testing.T) {
	l := newLog(t)
	write(t, l, Out, "one\ntwo")
	write(t, l, Err, "odd P F \xff text\n\n")
	write(t, l, Out, " goes on\n")
	write(t, l, Out, "")
	want := []string{"stdout one", "stdout two+", "stderr odd P F \xff text", "stderr ", "stdout  goes on"}
	if diff := cmp.Diff(want, texts(t, l.path, Query{Tail: -1})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[3:], texts(t, l.path, Query{Tail: 2})); diff != "" {
		t.Error(diff)
	}
	if got := texts(t, l.path, Query{Tail: 0}); len(got) != 0 {
		t.Error(got)
	}
	if got := texts(t, l.path, Query{Tail: -1, Since: time.Now().Add(time.Hour)}); len(got) != 0 {
		t.Error(got)
	}
	info, err := os.Stat(l.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestRead_PassesOverWhatIsNoLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.log")
	text := "2026-01-02T03:04:05Z stdout F good\nhalf\n\n2026-01-02T03:04:05Z stdlog F odd\n2026-01-02T03:04:05Z stdout F\n2026-01-02T03:04:05Z stdout F not ended"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, path, Query{Tail: -1}); !cmp.Equal(got, []string{"stdout good"}) {
		t.Error(got)
	}
}

func TestWrite_MovesTheLogAside(t *testing.T) {
	l := newLog(t)
	l.limit = 100
	for i := range 10 {
		write(t, l, Out, fmt.Sprintf("line %d\n", i))
	}
	now, before := texts(t, l.path, Query{Tail: -1}), texts(t, l.path, Query{Tail: -1, Previous: true})
	if len(before) == 0 || len(now) == 0 || now[len(now)-1] != "stdout line 9" {
		t.Errorf("%v, before it %v", now, before)
	}
	for _, path := range []string{l.path, olderPath(l.path)} {
		if info, err := os.Stat(path); err != nil || info.Size() > 100 || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
	}
	removed, err := Remove(l.path)
	if err != nil || len(removed) != 2 {
		t.Errorf("%v %v", removed, err)
	}
}

func TestRead_PreviousThatIsNotThere(t *testing.T) {
	l := newLog(t)
	err := Read(t.Context(), l.path, Query{Tail: -1, Previous: true}, func(Entry) error { return nil })
	if !errors.Is(err, secret.ErrNotFound) {
		t.Error(err)
	}
}

// It misses nothing, even if the log is rotated during the read or does not exist yet.
func TestRead_FollowsAcrossMoves(t *testing.T) {
	l := newLog(t)
	l.limit = 2000
	const lines = 200
	var over atomic.Bool
	go func() {
		defer over.Store(true)
		for i := range lines {
			_, _ = fmt.Fprintf(l.Stream(Out), "line %d\n", i)
			if i%30 == 0 {
				time.Sleep(2 * pollEvery) //nolint:forbidigo // one file at a time can be followed
			}
		}
	}()
	got := texts(t, l.path, Query{Tail: -1, Follow: func() bool { return !over.Load() }})
	for i := range lines {
		if i >= len(got) || got[i] != fmt.Sprintf("stdout line %d", i) {
			t.Fatalf("line %d is missing in %d: %v", i, len(got), got)
		}
	}
}

func TestRead_FollowEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Read(ctx, filepath.Join(t.TempDir(), "web.log"), Query{Tail: -1, Follow: func() bool { return true }}, func(Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWrite_AFullDiskStopsNobody(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "web.log")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	var said []string
	l := New(path, func(err error) { said = append(said, fmt.Sprint(err)) })
	for range 3 {
		write(t, l, Out, "lost\n")
	}
	if len(said) != 1 || !strings.Contains(said[0], "no space left") {
		t.Errorf("said %q", said)
	}
	if err := errors.Join(l.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	write(t, l, Out, "kept\n")
	if len(said) != 2 || said[1] != "<nil>" {
		t.Errorf("said %q", said)
	}
	if got := texts(t, path, Query{Tail: -1}); !cmp.Equal(got, []string{"stdout kept"}) {
		t.Error(got)
	}
}
