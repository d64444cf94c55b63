package status

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	ownerID = "0123456789abcdef0123456789abcdef"
	theirs  = `{"status": "running", "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z", "process_id": 17}`
	line    = "2026-01-02T03:04:05Z stdout F serving\n"
)

// shared is the directory that another program uses too, with what an earlier version
// has left there for web, and what the other program has for theirs.
type shared struct {
	root string
	from Directories
}

func newShared(t *testing.T) shared {
	t.Helper()
	root, err := os.MkdirTemp("", "thv-s") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	s := shared{root, Directories{Statuses: filepath.Join(root, "statuses"), Logs: filepath.Join(root, "logs")}}
	earlier := New(s.from.Statuses)
	st := full()
	st.Socket = filepath.Join(root, "s")
	if err := earlier.Write(st); err != nil {
		t.Fatal(err)
	}
	s.put(t, "statuses/owner", ownerID+"\n")
	s.put(t, "statuses/web.lock", "")
	s.put(t, "statuses/.web.turn", "")
	s.put(t, "logs/web.log", line)
	s.put(t, "logs/web.log.1", line)
	s.put(t, "statuses/theirs.json", theirs)
	s.put(t, "statuses/theirs.lock", "")
	s.put(t, "logs/theirs.log", "{\"level\": \"INFO\"}\n")
	return s
}

func (s shared) put(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s shared) store() *Store { return NewMoved(filepath.Join(s.root, "thv", "statuses"), s.from) }

// files are the files below the root and what they say.
func (s shared) files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all[filepath.ToSlash(path[len(s.root)+1:])] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// whole checks that what was left has moved, and that the other program's files are
// as they were.
func (s shared) whole(t *testing.T) {
	t.Helper()
	all := s.files(t)
	if all["thv/statuses/web.json"] == "" {
		t.Error("the status has not moved")
	}
	delete(all, "thv/statuses/web.json")
	delete(all, "thv/statuses/web.lock")
	want := map[string]string{
		"thv/statuses/owner": ownerID + "\n", "thv/logs/web.log": line, "thv/logs/web.log.1": line,
		"statuses/web.lock": "", "statuses/theirs.json": theirs, "statuses/theirs.lock": "", "logs/theirs.log": "{\"level\": \"INFO\"}\n",
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestNewMoved_TakesOverWhatIsItsOwn(t *testing.T) {
	s := newShared(t)
	for range 2 { // the second time there is nothing to do
		store := s.store()
		if names, err := store.Names(); err != nil || !cmp.Equal(names, []string{"web"}) {
			t.Errorf("%v %v", names, err)
		}
		if st, err := store.Read("web"); err != nil || st.State != Running || store.HasSupervisor("web") {
			t.Errorf("%v %v", st.State, err)
		}
		if owner, err := store.Owner(); err != nil || owner != ownerID {
			t.Errorf("owner %q: %v", owner, err)
		}
		s.whole(t)
	}
}

func TestNewMoved_NeverTouchesTheOtherProgramsFiles(t *testing.T) {
	s := newShared(t)
	store := s.store()
	if _, err := store.Read("theirs"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("a status of the other program's is taken for one's own: %v", err)
	}
	if other := store.Other("theirs"); other == nil || other.Status != "running" || store.Other("web") != nil || store.Other("../x") != nil {
		t.Errorf("%+v", other)
	}
	lock, err := store.Lock("theirs")
	if err != nil {
		t.Fatal(err)
	}
	st := full()
	st.Name = "theirs"
	if err := errors.Join(store.Write(st), store.Remove("theirs")); err != nil {
		t.Error(err)
	}
	lock.Release()
	all := s.files(t)
	if all["statuses/theirs.json"] != theirs || all["logs/theirs.log"] == "" {
		t.Errorf("changed: %v", all)
	}
}

// The other program unlinks lock files while it lists.
func TestNewMoved_WaitsForASupervisorThatRuns(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, shared) (end func()){
		"by its lock": func(t *testing.T, s shared) func() {
			lock := flock.New(filepath.Join(s.from.Statuses, "web.lock"))
			if mine, err := lock.TryLock(); err != nil || !mine {
				t.Fatal(mine, err)
			}
			return func() { _ = lock.Unlock() }
		},
		"by its socket, its lock removed": func(t *testing.T, s shared) func() {
			listener, err := net.Listen("unix", filepath.Join(s.root, "s"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(s.from.Statuses, "web.lock")); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.put(t, "statuses/web.lock", "") })
			return func() { _ = listener.Close() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShared(t)
			end := begin(t, s)
			store := s.store()
			if names, err := store.Names(); err != nil || !cmp.Equal(names, []string{"web"}) {
				t.Errorf("%v %v", names, err)
			}
			if st, err := store.Read("web"); err != nil || st.State != Running || !store.HasSupervisor("web") {
				t.Errorf("%v %v, alive %v", st.State, err, store.HasSupervisor("web"))
			}
			if store.LogPath("web") != filepath.Join(s.from.Logs, "web.log") {
				t.Errorf("its log is said to be %s", store.LogPath("web"))
			}
			if _, err := store.Lock("web"); !errors.Is(err, ErrHeld) {
				t.Errorf("a second supervisor could start: %v", err)
			}
			if owner, err := store.Owner(); err != nil || owner != ownerID {
				t.Errorf("owner %q: %v", owner, err)
			}
			end()
			if store.HasSupervisor("web") {
				t.Error("alive after its end")
			}
			if _, err := store.Read("web"); err != nil {
				t.Error(err)
			}
			if store.LogPath("web") != filepath.Join(s.root, "thv", "logs", "web.log") {
				t.Errorf("its log is said to be %s", store.LogPath("web"))
			}
			if _, err := s.store().Names(); err != nil { // of the next command
				t.Error(err)
			}
			if all := s.files(t); all["statuses/owner"] != "" || all["thv/statuses/web.json"] == "" {
				t.Errorf("not moved: %v", all)
			}
		})
	}
}

func TestNewMoved_ManyAtOnceMoveEverythingOnce(t *testing.T) {
	s := newShared(t)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			store := s.store()
			if _, err := store.Names(); err != nil {
				t.Error(err)
			}
			if st, err := store.Read("web"); err != nil || st.Name != "web" {
				t.Errorf("%v %v", st, err)
			}
			if owner, err := store.Owner(); err != nil || owner != ownerID {
				t.Errorf("owner %q: %v", owner, err)
			}
		})
	}
	wait.Wait()
	if _, err := s.store().Names(); err != nil {
		t.Error(err)
	}
	s.whole(t)
}

func TestNewMoved_WhatIsNewerStays(t *testing.T) {
	s := newShared(t)
	st := full()
	st.State = Stopped
	if err := New(filepath.Join(s.root, "thv", "statuses")).Write(st); err != nil {
		t.Fatal(err)
	}
	if got, err := s.store().Read("web"); err != nil || got.State != Stopped {
		t.Errorf("%v %v", got.State, err)
	}
	if _, err := os.Stat(filepath.Join(s.from.Statuses, "web.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the older one is still there: %v", err)
	}
}
