package status

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	return New(filepath.Join(t.TempDir(), "statuses"))
}

func full() Status {
	now := time.Now().UTC().Round(0)
	return Status{
		Schema: Schema, Name: "web", State: Running, Since: now, ShouldRun: true, Image: "example/web:1", PID: 42,
		Socket: "/run/s", Container: "abc", Started: &now, NextTry: &now, Restarts: 3,
		LastEnd: &End{Time: now, ExitCode: 6, Class: "unavailable", Message: "gone"}, LogProblem: "full",
	}
}

func TestWrite_IsReadBack(t *testing.T) {
	s := newStore(t)
	for _, state := range []State{Starting, Running, Failed} {
		st := full()
		st.State = state
		if err := s.Write(st); err != nil {
			t.Fatal(err)
		}
		got, err := s.Read("web")
		if diff := cmp.Diff(st, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	if names, err := s.Names(); err != nil || !cmp.Equal(names, []string{"web"}) {
		t.Errorf("%v %v", names, err)
	}
}

func TestOverwrite_LeavesNothingOfALongerOne(t *testing.T) {
	s := newStore(t)
	if err := s.Write(full()); err != nil {
		t.Fatal(err)
	}
	if err := overwrite(s.Path("web"), []byte(`{"schema": 1, "name": "web", "state": "stopped"}`)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read("web"); err != nil || got.State != Stopped {
		t.Errorf("%v %v", got, err)
	}
}

func TestRead_ClassifiesWhatItCannotUse(t *testing.T) {
	s := newStore(t)
	if _, err := s.Read("web"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
	if err := s.Write(full()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{", `{"schema": 1, "name": "other"}`, "[]"} {
		if err := os.WriteFile(s.Path("web"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read("web"); !errors.Is(err, secret.ErrCorrupt) {
			t.Errorf("%q: %v", text, err)
		}
	}
	// What a later version has written is neither damaged nor anybody's to write.
	for _, text := range []string{`{"schema": 2, "name": "web"}`, `{"schema": 99, "name": ["web"], "pid": "4"}`, `{"schema": "2.0"}`} {
		if err := os.WriteFile(s.Path("web"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read("web"); !errors.Is(err, ErrLater) || errors.Is(err, secret.ErrCorrupt) {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := s.Lock("web"); !errors.Is(err, ErrLater) || s.HasSupervisor("web") {
			t.Errorf("the lock of %q: %v", text, err)
		}
	}
	// It does not wait for the end of what it cannot read.
	lock, err := s.lock("web", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if !s.WaitSupervised("web", time.Hour) {
		t.Error("a supervisor of a later version is taken for none")
	}
	if _, err := s.Read("../web"); err == nil {
		t.Error("a name leads out of the folder")
	}
}

func TestLock_OneHoldsIt(t *testing.T) {
	s := newStore(t)
	if s.HasSupervisor("web") {
		t.Error("alive before anybody locked it")
	}
	lock, err := s.Lock("web")
	if err != nil {
		t.Fatal(err)
	}
	if !s.HasSupervisor("web") {
		t.Error("not alive while it is held")
	}
	if _, err := s.Lock("web"); !errors.Is(err, ErrHeld) {
		t.Errorf("a second one: %v", err)
	}
	lock.Release()
	if s.HasSupervisor("web") || !s.AwaitEnd("web", time.Minute) {
		t.Error("alive after it was released")
	}
	if err := s.Remove("web"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.lockPath("web")); err != nil {
		t.Errorf("the lock's file is gone: %v", err)
	}
}

// Those who look do not take one another for a supervisor, nor keep one from
// starting.
func TestAlive_LookersAreNotTakenForASupervisor(t *testing.T) {
	s := newStore(t)
	lock, err := s.Lock("web")
	if err != nil {
		t.Fatal(err)
	}
	lock.Release()
	done := make(chan bool)
	for range 8 {
		go func() {
			alive := false
			for range 300 {
				alive = alive || s.HasSupervisor("web")
			}
			done <- alive
		}()
	}
	for range 8 {
		if <-done {
			t.Error("one was")
		}
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				s.HasSupervisor("web")
			}
		}
	}()
	defer close(stop)
	for range 50 {
		lock, err := s.Lock("web")
		if err != nil {
			t.Fatal(err)
		}
		lock.Release()
	}
}

func TestOwner_StaysTheSame(t *testing.T) {
	s := newStore(t)
	owners := make(chan string, 8)
	for range 8 {
		go func() {
			owner, err := s.Owner()
			if err != nil {
				t.Error(err)
			}
			owners <- owner
		}()
	}
	first := <-owners
	for range 7 {
		if owner := <-owners; owner != first || owner == "" {
			t.Errorf("%q and %q", first, owner)
		}
	}
	if other, err := newStore(t).Owner(); err != nil || other == first {
		t.Errorf("another folder has the same owner: %v", err)
	}
}

func TestTo_ForgetsWhatWasOfTheFormerState(t *testing.T) {
	st := full()
	if st.To(Restarting, time.Now()); st.Container != "" || st.Started != nil || st.NextTry != nil || st.PID == 0 {
		t.Errorf("%+v", st)
	}
	st = full()
	if st.To(Unsupervised, time.Now()); st.Container == "" || st.PID != 0 || st.Socket != "" {
		t.Errorf("%+v", st)
	}
	st = full()
	if st.To(Stopped, time.Now()); st.Container != "" || st.PID != 0 || !st.ShouldRun {
		t.Errorf("%+v", st)
	}
}

func TestSupervised_WaitsForWhoEndsWhatIsLeft(t *testing.T) {
	s := New(t.TempDir())
	lock, err := s.Lock("web")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []State{Unsupervised, Running} {
		if err := s.Write(Status{Name: "web", State: state, Since: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if state == Running && !s.WaitSupervised("web", time.Hour) {
			t.Error("a supervisor is waited for, or not seen")
		}
		if state == Unsupervised && !s.WaitSupervised("web", 0) {
			t.Error("a lock that stays is no supervisor's")
		}
	}
	if err := s.Write(Status{Name: "web", State: Unsupervised, Since: time.Now()}); err != nil {
		t.Fatal(err)
	}
	answer := make(chan bool)
	go func() { answer <- s.WaitSupervised("web", time.Hour) }()
	lock.Release()
	if <-answer {
		t.Error("a command that has ended is taken for a supervisor")
	}
}
