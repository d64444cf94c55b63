package runconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/workload"
)

func (s *Store) ungrantedNames(t *testing.T, image string, names []string) ([]string, error) {
	t.Helper()
	missing, err := s.Ungranted(image, secrets(names...))
	return access.Names(missing), err
}

func (s *Store) elsewhereNames(t *testing.T, image string, names []string) ([]string, error) {
	t.Helper()
	missing, err := s.GrantedElsewhere(image, secrets(names...))
	return access.Names(missing), err
}

func secrets(names ...string) []access.Item {
	var bound []access.Binding
	for _, name := range names {
		bound = append(bound, access.Binding{Ref: name})
	}
	return access.Unusual(access.Request{Secrets: bound}.Items(), nil)
}

func request(user string, refs ...string) []access.Item {
	r := access.Request{Spec: workload.Spec{User: user}}
	for _, ref := range refs {
		r.Secrets = append(r.Secrets, access.Binding{Ref: ref, Target: "T_" + ref})
	}
	return r.Items()
}

func expectUngranted(t *testing.T, s *Store, name, image string, items []access.Item, want ...string) {
	t.Helper()
	missing, err := s.UngrantedTo(name, image, items)
	if diff := cmp.Diff(want, access.Names(missing)); diff != "" || err != nil {
		t.Errorf("%s of %s: %v %s", name, image, err, diff)
	}
}

func TestGrantTo_IsOfOneWorkloadWithOneImage(t *testing.T) {
	s := New(t.TempDir())
	if err := s.GrantTo("web", "image", access.Keys(request("root", "a"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Grant("image", access.Keys(request("", "b"))); err != nil { // of another workload
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a"))
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "b")
	expectUngranted(t, s, "web", "image:2", request("root", "a"), "a", "user://root")
	if err := s.GrantMoreTo("web", "image", access.Keys(request("", "b"))); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"))
	if err := s.GrantTo("web", "image", access.Keys(request("", "b"))); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "a", "user://root")
	if err := s.RevokeFrom("web"); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "a", "b", "user://root") // whatever the image has had
}

// What an earlier version has granted and saved starts without a question, once: what
// is there when its file is first written is migrated, and no other name.
func TestUngrantedTo_EarlierGrantsAreMigratedOnce(t *testing.T) {
	for damage, wants := range map[string][]string{"": {"b", "volume:///etc:/etc"}, `, "damaged": true`: {"b", "volume:///etc:/etc", "user://root", "arguments", "variable://PROXY"}} {
		state := t.TempDir()
		if err := os.WriteFile(filepath.Join(state, "grants.json"), []byte(`{"images": {"image": ["a", "volume:///data"]}`+damage+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		s := New(state)
		spec := workload.Spec{Image: "image", User: "root", Command: []string{"x"}, Volumes: []string{"/data:/data", "/etc:/etc"}, EnvVars: map[string]string{"PROXY": "p"}}
		if err := s.save("web", spec); err != nil {
			t.Fatal(err)
		}
		items := access.Request{Spec: spec, Variables: spec.EnvVars, Secrets: []access.Binding{{Ref: "a", Target: "A"}, {Ref: "b", Target: "B"}}}.Items()
		all := access.Names(access.Unusual(items, nil))
		expectUngranted(t, s, "web", "image", items, wants...)
		expectUngranted(t, s, "other", "image", items, all...)
		if err := s.Grant("image", []string{"a"}); err != nil { // known, and yet written
			t.Fatal(err)
		}
		if err := s.save("late", spec); err != nil {
			t.Fatal(err)
		}
		expectUngranted(t, s, "web", "image", items, wants...)
		expectUngranted(t, s, "late", "image", items, all...)
	}
}

// What an earlier version did not ask about is excused until the first start or restart
// by this one, and not for good.
func TestSettle_AnEarlierGrantBecomesWhole(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, "grants.json"), []byte(`{"images": {}, "migrated": true, "workloads": {"web": {"image": "image", "items": ["a", "volume:///data"]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(state)
	now := access.Request{
		Spec: workload.Spec{Image: "image", Volumes: []string{"/data:/data"}}, Variables: map[string]string{"PLAIN": "1"},
		Secrets: []access.Binding{{Ref: "a", Target: "A"}},
	}
	then := now
	then.Variables = map[string]string{"PLAIN": "1", "ADDED": "2", "PGHOST": "db"}
	expectUngranted(t, s, "web", "image", then.Items())
	for range 2 {
		if err := s.Settle("web", "image", now.Items()); err != nil {
			t.Fatal(err)
		}
		expectUngranted(t, s, "web", "image", now.Items())
		expectUngranted(t, s, "web", "image", then.Items(), "variable://PGHOST", "variable://ADDED")
	}
	if err := errors.Join(s.Settle("web", "other", now.Items()), s.Settle("absent", "image", now.Items())); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "other", now.Items(), access.Names(access.Unusual(now.Items(), nil))...)
	if err := s.Settle("web", "image", then.Items()); err != nil { // it is whole: no consent
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", then.Items(), "variable://PGHOST", "variable://ADDED")
}

// What another process revokes while Settle waits for the lock stays revoked.
func TestSettle_DoesNotGrantWhatWasRevokedBefore(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "grants.json")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"images": {}, "migrated": true, "workloads": {"web": {"image": "image", "items": ["a"]}}}`)
	other, err := filelock.Acquire(t.Context(), path+".lock", 0)
	if err != nil {
		t.Fatal(err)
	}
	s, settled := New(state), make(chan error)
	go func() { settled <- s.Settle("web", "image", request("", "a")) }()
	for range poll.Every(time.Millisecond) { // until it waits for the other process
		mine, err := filelock.Acquire(t.Context(), path+".lock"+filelock.OwnSuffix, 0)
		if errors.Is(err, filelock.ErrHeld) {
			break
		}
		if err == nil {
			mine.Release()
		}
	}
	write(`{"images": {}, "migrated": true}`)
	other.Release()
	if err := <-settled; err != nil {
		t.Fatal(err)
	}
	if had, err := s.readGrants(); err != nil || len(had.Workloads) != 0 {
		t.Errorf("got %v, %v, want nothing", had.Workloads, err)
	}
}

// What is granted to a workload in place of another image's is whole.
func TestGrantMoreTo_InPlaceOfAnotherImageIsWhole(t *testing.T) {
	s := New(t.TempDir())
	items := request("", "a")
	if err := s.GrantMoreTo("web", "image", access.Keys(items)); err != nil {
		t.Fatal(err)
	}
	more := access.Request{Variables: map[string]string{"ADDED": "2"}, Secrets: []access.Binding{{Ref: "a", Target: "T_a"}}}.Items()
	expectUngranted(t, s, "web", "image", more, "variable://ADDED")
}

// Without a file nothing was granted, whatever is saved.
func TestUngrantedTo_WithoutAFileNothingIsGranted(t *testing.T) {
	s := New(t.TempDir())
	if err := s.save("web", workload.Spec{Image: "image", User: "root"}); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a"), "a", "user://root")
}

// What is saved and what was granted change together, or not at all.
func TestKeepGranted_ChangesNothingIfItFails(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	place := SaveTarget{Name: "web"}
	old := workload.Spec{Image: "image", Command: []string{"old"}}
	if _, err := s.KeepGranted(place, old, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	grants, saved := filepath.Join(state, "grants.json"), s.Path("web")
	before, err := os.ReadFile(grants)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{"image", "other"} {
		// The grants cannot be written: their lock's file is a directory.
		lock := grants + ".lock.thv"
		if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.KeepGranted(place, workload.Spec{Image: image}, []string{"b"}); err == nil {
			t.Error("grants are written without their lock")
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		// The RunConfig cannot be written: it is too long.
		large := workload.Spec{Image: image, Command: []string{strings.Repeat("x", workload.MaxSpecSize)}}
		if _, err := s.KeepGranted(place, large, []string{"b"}); err == nil {
			t.Error("a RunConfig that is too long is saved")
		}
		if spec, err := s.Load("web"); err != nil || !slices.Equal(spec.Command, old.Command) {
			t.Errorf("%s says %v, %v", saved, spec.Command, err)
		}
		if after, err := os.ReadFile(grants); err != nil || string(after) != string(before) {
			t.Errorf("the grants are %s, %v", after, err)
		}
	}
	if _, err := s.KeepGranted(place, workload.Spec{Image: "image"}, []string{"b"}); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", secrets("a", "b"), "a")
	if before, err = os.ReadFile(grants); err != nil {
		t.Fatal(err)
	}
	if _, err := s.KeepGranted(SaveTarget{Name: "new"}, workload.Spec{Image: "image", Command: []string{strings.Repeat("x", workload.MaxSpecSize)}}, []string{"b"}); err == nil {
		t.Error("a RunConfig that is too long is saved")
	}
	expectUngranted(t, s, "new", "image", secrets("b"), "b")
	if after, err := os.ReadFile(grants); err != nil || string(after) != string(before) {
		t.Errorf("the grants are %s, %v", after, err)
	}
}

// At no moment does what is saved lack its grants, so that the process may end at any.
func TestKeepGranted_WhatIsSavedHasItsGrantsAtAnyMoment(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	key := func(i int) string { return fmt.Sprintf("key-%d", i) }
	keep := func(i int) error {
		_, err := s.KeepGranted(SaveTarget{Name: "web"}, workload.Spec{Image: "image", Command: []string{key(i)}}, []string{key(i)})
		return err
	}
	if err := keep(0); err != nil {
		t.Fatal(err)
	}
	kept := make(chan error, 1)
	go func() {
		var err error
		for i := 1; i < 40 && err == nil; i++ {
			err = keep(i)
		}
		kept <- err
	}()
	for {
		first, err1 := s.Load("web")
		grants, err2 := os.ReadFile(filepath.Join(state, "grants.json"))
		second, err3 := s.Load("web")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(first.Command, second.Command) && !strings.Contains(string(grants), `"`+first.Command[0]+`"`) {
			t.Fatalf("%s is saved, and the grants are %s", first.Command, grants)
		}
		select {
		case err := <-kept:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

// Another directory helps what is saved, and not what is removed from this one or held by
// another process. Each error names the file.
func TestStore_AdvisesAnotherDirectoryOnlyIfThatHelps(t *testing.T) {
	spoilt := func() *Store {
		s := New(t.TempDir())
		file := filepath.Join(s.folder, "web.json")
		if err := errors.Join(s.GrantTo("web", "image", []string{"a"}), s.Grant("image", []string{"a"}), os.MkdirAll(filepath.Join(file, "full"), 0o700),
			os.Remove(s.grants+".lock"), os.MkdirAll(s.grants+".lock", 0o700)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		do     func(*Store) error
		advice bool
	}{
		"grant":       {func(s *Store) error { return s.Grant("image", []string{"b"}) }, true},
		"grant to":    {func(s *Store) error { return s.GrantTo("web", "image", []string{"b"}) }, true},
		"grant more":  {func(s *Store) error { return s.GrantMoreTo("web", "image", []string{"b"}) }, true},
		"revoke from": {func(s *Store) error { return s.RevokeFrom("web") }, false},
		"revoke":      {func(s *Store) error { _, err := s.Revoke("image"); return err }, false},
		"remove":      {func(s *Store) error { return s.Remove("web") }, false},
	} {
		s := spoilt()
		err := c.do(s)
		if err == nil || strings.Contains(err.Error(), "XDG_STATE_HOME") != c.advice || !strings.Contains(err.Error(), filepath.Dir(s.grants)) {
			t.Errorf("%s: got %v, want the path, and advice: %t", name, err, c.advice)
		}
	}
	if err := elsewhere(&atomicfile.Error{Path: "p", Err: filelock.ErrHeld}); strings.Contains(err.Error(), "XDG_STATE_HOME") {
		t.Errorf("held: got %v, want no advice about a directory", err)
	}
}
