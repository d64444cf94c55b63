package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// changing are the calls that change what others see, or end in it.
var changing = []string{"openat", "write", "fsync", "renameat", "renameat2", "rename", "mkdirat", "flock", "close"}

// scene is a folder with a store and a file ring, which can be put back.
type scene struct {
	path  string
	files map[string][]byte
}

// newScene makes a store of format f, or none for 0, that holds a secret.
func newScene(t *testing.T, f Format) *scene {
	t.Helper()
	s := &scene{path: storePath(t), files: map[string][]byte{}}
	if f != 0 {
		put(t, open(t, Config{Path: s.path, Keys: s.ring(), Format: f}), "a", "1")
	}
	s.save(t)
	return s
}

func (s *scene) ring() fileRing { return fileRing(s.path + ".ring-") }

func (s *scene) save(t *testing.T) {
	t.Helper()
	all, err := filepath.Glob(s.path + "*")
	if err != nil {
		t.Fatal(err)
	}
	clear(s.files)
	for _, path := range all {
		s.files[path] = readFile(t, path)
	}
}

func (s *scene) restore(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(filepath.Dir(s.path)); err != nil {
		t.Fatal(err)
	}
	for path, data := range s.files {
		writeFile(t, path, data)
	}
}

// wantOpens finds that the store opens with what is kept, if there is one.
func (s *scene) wantOpens(t *testing.T, at string) {
	t.Helper()
	if _, err := os.Stat(s.path); os.IsNotExist(err) && s.files[s.path] == nil {
		return
	}
	got, err := open(t, Config{Path: s.path, Keys: s.ring()}).Get(t.Context(), ref(t, "a"))
	if err != nil {
		t.Errorf("LOST at %s: %v", at, err)
	} else if text := string(got.Bytes()); text != "1" && text != "new" {
		t.Errorf("at %s: another value", at)
	}
}

func TestStore_KilledAtAnyCallOpensWithWhatIsKept(t *testing.T) {
	t.Parallel()
	// After a change of format 1 that was killed before its end.
	interrupted := newScene(t, Format1)
	old := readFile(t, string(interrupted.ring())+Account1)
	if err := open(t, Config{Path: interrupted.path, Keys: interrupted.ring()}).
		ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: interrupted.ring().keep}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, string(interrupted.ring())+Account1, old)
	interrupted.save(t)

	for name, c := range map[string]struct {
		action string
		scene  *scene
	}{
		"create, format 1":       {"create1", newScene(t, 0)},
		"create, format 2":       {"create2", newScene(t, 0)},
		"rotate, format 1":       {"rotate", newScene(t, Format1)},
		"rotate again, format 1": {"rotate", interrupted},
		"rotate, format 2":       {"rotate", newScene(t, Format2)},
		"upgrade":                {"upgrade", newScene(t, Format1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := callsOf(t, c.action, c.scene.path)
			kills := 0
			for call, before := range calls {
				if !slices.Contains(changing, call) {
					continue
				}
				for n := max(before, 1); n < before+100; n++ {
					c.scene.restore(t)
					out, _ := tracedAction(t, c.action, c.scene.path, "-o", "/dev/null", "-e", "trace="+call,
						"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n))
					c.scene.wantOpens(t, fmt.Sprintf("%s %d", call, n))
					if strings.Contains(out, "acknowledged") && n > before {
						break
					}
					kills++
				}
			}
			t.Logf("%d kills", kills)
			if kills < 15 {
				t.Error("too few to mean anything")
			}
		})
	}
}

func TestChangePassword_FolderThatIsNotFlushed(t *testing.T) {
	for name, c := range map[string]struct {
		format Format
		when   int
	}{"format 1": {Format1, 2}, "format 2, both": {Format2, 2}, "format 2, new": {Format2, 4}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, c.format)
			account := account(t, open(t, Config{Path: s.path, Keys: s.ring()}))
			old := readFile(t, string(s.ring())+account)
			inject := fmt.Sprintf("inject=fsync:error=%%s:when=%d", c.when)
			out, said := tracedAction(t, "rotate", s.path, "-o", "/dev/null", "-e", "trace=fsync", "-e", fmt.Sprintf(inject, "EIO"))
			if out != "" || !strings.Contains(said, "not known to be on disk") || strings.Contains(said, "stays as it was") || strings.Contains(said, "unchanged") {
				t.Errorf("acknowledged %q, said %q", out, said)
			}
			s.wantOpens(t, "the new file")
			if c.when == 2 { // the old file may come back, and opens with what is kept
				if string(readFile(t, string(s.ring())+account)) != string(old) {
					t.Error("what opens the old file is no longer kept")
				}
			}
			writeFile(t, s.path, s.files[s.path])
			if c.format == Format1 {
				s.wantOpens(t, "the old file")
			}
			s.restore(t)
			if out, said := tracedAction(t, "rotate", s.path, "-o", "/dev/null", "-e", "trace=fsync", "-e", fmt.Sprintf(inject, "EINVAL")); out == "" {
				t.Errorf("a file system that cannot flush a folder: %s", said)
			}
			s.wantOpens(t, "the end")
		})
	}
}
