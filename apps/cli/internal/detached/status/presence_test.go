package status

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func announced(t *testing.T, s *Store, container string) *Presence {
	t.Helper()
	p, err := s.Announce(t.Context(), Run{Name: "web", Container: container})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnnounce_IsPresentUntilItsEnd(t *testing.T) {
	s := newStore(t)
	p := announced(t, s, "web")
	if !s.Present(p.ID) || s.Present(strings.Repeat("0", len(p.ID))) || !s.Present("of another version") || !s.Present("../"+p.ID) {
		t.Error("it is not told who is present")
	}
	if run, is := s.Attended("web"); !is || run.PID != os.Getpid() || run.Name != "web" {
		t.Errorf("%+v %v", run, is)
	}
	p.End(true)
	if s.Present(p.ID) {
		t.Error("it is present after its end")
	}
	if alive, gone, err := s.Runs(); len(alive)+len(gone) > 0 || err != nil {
		t.Errorf("%v %v %v", alive, gone, err)
	}
	if names, err := s.Names(); err != nil || len(names) > 0 {
		t.Errorf("a run is taken for a workload: %v %v", names, err)
	}
}

func TestAnnounce_NamesOfRunsThatLiveAreNotTakenAgain(t *testing.T) {
	s := newStore(t)
	var mu sync.Mutex
	var names []string
	var all []*Presence
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			p, err := s.Announce(t.Context(), Run{Name: "web", Container: "web"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			names, all = append(names, p.Container), append(all, p)
		})
	}
	wait.Wait()
	slices.Sort(names)
	if len(slices.Compact(names)) != 20 || !slices.Contains(names, "web") || !slices.Contains(names, "web-20") {
		t.Error(names)
	}
	for _, p := range all {
		p.End(true)
	}
	if p := announced(t, s, "web"); p.Container != "web" {
		t.Error(p.Container)
	}
	if a, b := announced(t, s, ""), announced(t, s, ""); a.Container != "" || b.Container != "" {
		t.Error("a name that the engine chooses was chosen")
	}
}

// What has been left is remembered, at first also where nothing is found of it.
func TestForget_KeepsWhatBeganJustNow(t *testing.T) {
	s := newStore(t)
	p := announced(t, s, "web")
	p.End(false)
	_, gone, err := s.Runs()
	if err != nil || len(gone) != 1 || gone[0].ID != p.ID || gone[0].Name != "web" {
		t.Fatalf("%v %v", gone, err)
	}
	s.Forget(gone[0])
	if _, gone, _ = s.Runs(); len(gone) != 1 {
		t.Error("it is forgotten at once")
	}
	before := time.Now().Add(-2 * forgetAfter)
	if err := os.Chtimes(s.runLock(p.ID), before, before); err != nil {
		t.Fatal(err)
	}
	if alive := announced(t, s, "web"); true {
		if err := os.Chtimes(s.runLock(alive.ID), before, before); err != nil {
			t.Fatal(err)
		}
		s.Forget(alive.Run)
		if !s.Present(alive.ID) {
			t.Error("one that lives is forgotten")
		}
	}
	s.Forget(gone[0])
	if _, gone, _ = s.Runs(); len(gone) != 0 {
		t.Errorf("it stays: %v", gone)
	}
}

func TestAnnounce_WhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(filepath.Join(file, "statuses"))
	if _, err := s.Announce(t.Context(), Run{Name: "web"}); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newStore(t).Announce(ctx, Run{Name: "web"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
