package filestore

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f Format) {
		h := providertest.Harness{
			New: func(t testing.TB) provider.Provider {
				return open(t, Config{Path: storePath(t), Keys: newRing(), Format: f})
			},
			Reopen: func(t testing.TB, p provider.Provider) provider.Provider {
				return open(t, Config{Path: p.(*Store).config.Path, Keys: p.(*Store).config.Keys})
			},
			Present:  []secret.Ref{ref(t, "api-key"), ref(t, "thv://with a scheme"), ref(t, "__thv_scope_name")},
			Missing:  ref(t, "missing"),
			MaxValue: MaxValue,
			Break: func(t testing.TB, p provider.Provider) {
				writeFile(t, p.(*Store).config.Path, []byte("cut off"))
			},
			Hang: func(_ testing.TB, p provider.Provider) {
				p.(*Store).forget()
				p.(*Store).config.Keys.(*ring).hangs = true
			},
		}
		if f == Format1 {
			h.Unstorable = []secret.Value{value("\xff")}
			h.Values = []secret.Value{value(""), value("two\nlines\n"), value("\x00 käse 🧀 <&>\u2028\ufffd")}
		}
		providertest.Run(t, h)
	})
}

func names(t testing.TB, s *Store) []string {
	t.Helper()
	var all []string
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info.Name)
	}
	return all
}

func TestStore_RoundTripAcrossReopen(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		s := open(t, Config{Path: path, Keys: keys, Format: f})
		put(t, s, "b", "two")
		put(t, s, "a", "")
		put(t, s, "c d", "three\n\x00ä")
		put(t, s, "b", "two again")
		again := open(t, Config{Path: path, Keys: keys})
		wantValue(t, again, "b", "two again")
		wantValue(t, again, "thv://a", "")
		wantValue(t, again, "c d", "three\n\x00ä")
		if diff := cmp.Diff([]string{"a", "b", "c d"}, names(t, again)); diff != "" {
			t.Error(diff)
		}
		if err := again.Delete(t.Context(), ref(t, "thv://b")); err != nil {
			t.Fatal(err)
		}
		_, err := s.Get(t.Context(), ref(t, "b"))
		wantError(t, err, secret.ErrNotFound)
		wantError(t, s.Delete(t.Context(), ref(t, "b")), secret.ErrNotFound)
		if diff := cmp.Diff([]string{"a", "c d"}, names(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestGet_NoStoreAsksForNoKeyAndFindsNothing(t *testing.T) {
	keys := newRing()
	for _, empty := range []bool{false, true} {
		path := storePath(t)
		if empty {
			writeFile(t, path, nil)
		}
		s := open(t, Config{Path: path, Keys: keys})
		_, err := s.Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrNotFound)
		wantError(t, s.Delete(t.Context(), ref(t, "a")), secret.ErrNotFound)
		if n := len(names(t, s)); n > 0 {
			t.Errorf("%d names", n)
		}
		results, err := s.GetAll(t.Context(), []secret.Ref{ref(t, "a")})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, results[0].Err, secret.ErrNotFound)
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if keys.asked > 0 {
			t.Error("a key was asked for")
		}
		if _, err := os.Stat(path + ".lock"); err == nil {
			t.Error("something was made")
		}
	}
}

func TestGetAll_AnswersInOrder(t *testing.T) {
	s := open(t, Config{Path: storePath(t), Keys: newRing()})
	put(t, s, "a", "1")
	put(t, s, "b", "2")
	got, err := s.GetAll(t.Context(), []secret.Ref{
		ref(t, "b"), ref(t, "x"), ref(t, "thv://a"), ref(t, "op://v/i/f"), ref(t, "b"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range map[int]string{0: "2", 2: "1", 4: "2"} {
		if got[i].Err != nil || !got[i].Value.Equal(value(text)) {
			t.Errorf("result %d: %v", i, got[i].Err)
		}
	}
	wantError(t, got[1].Err, secret.ErrNotFound)
	wantError(t, got[3].Err, secret.ErrInvalidRef)
}

func TestPut_KeepsTimesAndDescription(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 5, time.UTC)
	first := now
	s := open(t, Config{Path: storePath(t), Keys: newRing(), Clock: func() time.Time { return now }})
	if err := s.putDescribed(t.Context(), "a", "1", "for the build"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	put(t, s, "a", "2")
	want := secret.Info{Name: "a", Description: "for the build", Created: first, Updated: now}
	for got, err := range s.List(t.Context()) {
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}

func TestPut_RefusesWhatItCannotHold(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path := storePath(t)
		s := open(t, Config{Path: path, Keys: newRing(), Format: f})
		put(t, s, "a", "1")
		before := readFile(t, path)
		large := secret.NewValue(make([]byte, MaxValue+1))
		wantError(t, s.Put(t.Context(), ref(t, "a"), large), secret.ErrTooLarge)
		for _, bad := range []string{"op://a/b/c", "thv://a,b", "thv://thv://a", "thv://" + strings.Repeat("n", 256)} {
			wantError(t, s.Put(t.Context(), ref(t, bad), value("1")), secret.ErrInvalidRef)
		}
		wantError(t, s.Put(t.Context(), secret.Ref{}, value("1")), secret.ErrInvalidRef)
		wantUnchanged(t, path, before)
		put(t, s, "largest", strings.Repeat("x", MaxValue))
		put(t, s, "__thv_workload_name", "system")
		wantValue(t, s, "__thv_workload_name", "system")
	})
}

func TestPut_ReportsAFullStore(t *testing.T) {
	path := storePath(t)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	put(t, s, "a", "1")
	wantFull := func(list []byte) {
		t.Helper()
		d, err := s.load()
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.seal(make([]byte, 32), list)
		wantError(t, err, secret.ErrTooLarge)
	}
	wantFull(make([]byte, MaxPlaintext+1))
	writeFile(t, path, make([]byte, maxFile+1))
	_, err := s.Get(t.Context(), ref(t, "a"))
	wantError(t, err, secret.ErrTooLarge)
}

func TestStore_ContextThatIsDone(t *testing.T) {
	path := storePath(t)
	s := open(t, Config{Path: path, Keys: newRing()})
	put(t, s, "a", "1")
	before := readFile(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, ref(t, "a"))
	wantError(t, err, context.Canceled)
	wantError(t, s.Put(ctx, ref(t, "a"), value("2")), context.Canceled)
	wantError(t, s.Create(ctx), context.Canceled)
	wantUnchanged(t, path, before)
}

func TestCreate_MakesOnceAndTells(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		var told []Info
		s := open(t, Config{Path: path, Keys: keys, Format: f, Created: func(i Info) { told = append(told, i) }})
		if err := s.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := readFile(t, path)
		wantError(t, s.Create(t.Context()), secret.ErrConflict)
		wantUnchanged(t, path, before)
		if len(told) != 1 || told[0].KeyFrom != "the test's keyring" || told[0].Format != f || !told[0].Exists {
			t.Errorf("told %+v", told)
		}
		if _, ok := keys.kept[told[0].Account]; !ok {
			t.Errorf("nothing kept for %s", told[0].Account)
		}
		got, err := s.Describe(t.Context())
		got.KeyFrom = told[0].KeyFrom
		if diff := cmp.Diff(told[0], got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		wantModes(t, path)
	})
}

func wantModes(t *testing.T, path string) {
	t.Helper()
	for at, want := range map[string]fs.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		info, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v", at, info.Mode())
		}
	}
}

func TestNew_SaysWhatIsMissing(t *testing.T) {
	for _, c := range []Config{{}, {Path: "x"}, {Keys: newRing()}, {Path: "x", Keys: newRing(), Format: 3}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
