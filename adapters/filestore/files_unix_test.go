//go:build unix

package filestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func madeStore(t *testing.T) (path string, keys Keys) {
	t.Helper()
	path, keys = storePath(t), fixed(generated)
	put(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	return path, keys
}

// wantDenied finds that the store is refused for reading and for writing, with
// an error that says hint, and that nothing changed.
func wantDenied(t *testing.T, path, hint string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	_, err := s.Get(t.Context(), ref(t, "a"))
	wantError(t, err, secret.ErrDenied)
	if !strings.Contains(err.Error(), hint) {
		t.Errorf("does not say %q: %v", hint, err)
	}
	wantError(t, s.Put(t.Context(), ref(t, "a"), value("2")), secret.ErrDenied)
	wantError(t, s.Check(t.Context()), secret.ErrDenied)
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file has changed")
	}
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestStore_RefusesAFileThatOthersCanReadOrWrite(t *testing.T) {
	path, _ := madeStore(t)
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o620, 0o602, 0o604} {
		chmod(t, path, mode)
		wantDenied(t, path, "chmod 600 "+path)
	}
	chmod(t, path, 0o400)
	wantValue(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
}

func TestStore_RefusesAFolderThatOthersCanWrite(t *testing.T) {
	path, keys := madeStore(t)
	for _, mode := range []fs.FileMode{0o770, 0o707, 0o777 | fs.ModeSticky} {
		chmod(t, filepath.Dir(path), mode)
		wantDenied(t, path, "chmod go-w "+filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantError(t, open(t, Config{Path: path, Keys: keys}).Create(t.Context()), secret.ErrDenied)
	chmod(t, filepath.Dir(path), 0o755)
	put(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
}

func TestStore_FollowsALinkToAFileOfMine(t *testing.T) {
	path, keys := madeStore(t)
	real := filepath.Join(t.TempDir(), "dotfiles", "store")
	if err := os.Mkdir(filepath.Dir(real), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, real); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	put(t, open(t, Config{Path: path, Keys: keys}), "b", "2")
	wantValue(t, open(t, Config{Path: real, Keys: keys}), "b", "2")
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	chmod(t, filepath.Dir(real), 0o707)
	wantDenied(t, path, "chmod go-w "+filepath.Dir(real))
	chmod(t, filepath.Dir(real), 0o700)
	chmod(t, real, 0o644)
	wantDenied(t, path, "chmod 600")
}

func TestStore_RefusesALinkThatOthersCouldChange(t *testing.T) {
	path, keys := madeStore(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	wantValue(t, open(t, Config{Path: link, Keys: keys}), "a", "1")
	chmod(t, filepath.Dir(link), 0o777)
	wantDenied(t, link, "others can write")
	dangling := path + ".dangling"
	if err := os.Symlink(path+".nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, dangling, "leads to no file")
	if os.Geteuid() != 0 {
		return // only root can give a link away
	}
	chmod(t, filepath.Dir(link), 0o777|fs.ModeSticky)
	if err := os.Lchown(link, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, link, "belongs to user 12345")
}

func TestStore_RefusesWhatIsNoRegularFile(t *testing.T) {
	folder := t.TempDir()
	chmod(t, folder, 0o700)
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, t.TempDir()} {
		s := open(t, Config{Path: path, Keys: fixed(generated)})
		_, err := s.Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrDenied)
		wantError(t, s.Put(t.Context(), ref(t, "a"), value("2")), secret.ErrDenied)
	}
}

func TestStore_RefusesWhatBelongsToAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	path, _ := madeStore(t)
	for _, other := range []string{path, filepath.Dir(path)} {
		if err := os.Chown(other, 12345, -1); err != nil {
			t.Fatal(err)
		}
		wantDenied(t, path, "belongs to user 12345")
		if err := os.Chown(other, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStore_AFileInThePlaceOfItsFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file", "store")
	writeFile(t, filepath.Dir(path), []byte("a file"))
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	if err := s.Put(t.Context(), ref(t, "a"), value("1")); err == nil || errors.Is(err, secret.ErrNotFound) {
		t.Errorf("put answers %v", err)
	}
	if _, err := s.Get(t.Context(), ref(t, "a")); err == nil || errors.Is(err, secret.ErrNotFound) {
		t.Errorf("get answers %v", err)
	}
}

func TestPut_SweepsWhatKilledWritersLeft(t *testing.T) {
	path, keys := madeStore(t)
	stale := path + ".tmp-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mine := path + ".tmp-backup"
	writeFile(t, stale, []byte("half"))
	writeFile(t, mine, []byte("a person's own"))
	put(t, open(t, Config{Path: path, Keys: keys}), "a", "2")
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
	wantUnchanged(t, mine, []byte("a person's own"))
}

// wantPutFails finds that a put fails with class and an error that holds hint,
// that the old value can be read all the same, and that no temporary file is left.
func wantPutFails(t *testing.T, path string, class error, hint string) {
	t.Helper()
	before := readFile(t, path)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	err := s.Put(t.Context(), ref(t, "a"), value(strings.Repeat("x", MaxValue)))
	wantError(t, err, class)
	if !strings.Contains(err.Error(), hint) || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("unclear: %v", err)
	}
	wantUnchanged(t, path, before)
	wantValue(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	left, err := filepath.Glob(path + ".tmp-*")
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestGet_WorksWhereAdoptingCannotWrite(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
	readOnly(t, filepath.Dir(path))
	before, keys := readFile(t, path), newRing()
	keys.typed = typed
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	wantUnchanged(t, path, before)
	if len(keys.kept) > 0 {
		t.Error("a text was kept that opens nothing")
	}
}

func TestPut_ReadOnlyFolderIsDenied(t *testing.T) {
	path, _ := madeStore(t)
	readOnly(t, filepath.Dir(path))
	wantPutFails(t, path, secret.ErrDenied, "")
}

func TestPut_ALockThatIsNoRegularFileIsDenied(t *testing.T) {
	path, _ := madeStore(t)
	lock := path + ".lock"
	for what, place := range map[string]func() error{
		"a pipe":   func() error { return syscall.Mkfifo(lock, 0o600) },
		"a folder": func() error { return os.Mkdir(lock, 0o700) },
		"a link":   func() error { return os.Symlink(path, lock) },
	} {
		if err := errors.Join(os.Remove(lock), place()); err != nil {
			t.Fatal(err)
		}
		err := open(t, Config{Path: path, Keys: fixed(generated)}).Put(t.Context(), ref(t, "a"), value("2"))
		wantError(t, err, secret.ErrDenied)
		if !strings.Contains(err.Error(), lock) {
			t.Errorf("%s: got %v, want the path of the lock", what, err)
		}
	}
}

// refused returns the parts that Files finds fault with.
func refused(t *testing.T, path string) (names []string) {
	t.Helper()
	for _, f := range open(t, Config{Path: path, Keys: newRing()}).Files() {
		if f.Err != nil {
			wantError(t, f.Err, secret.ErrDenied)
			names = append(names, f.Part)
		}
	}
	return names
}

func TestFiles_FindWhatReadingAndWritingRefuse(t *testing.T) {
	path, _ := madeStore(t)
	chmod(t, path, 0o644)
	if got := refused(t, path); !slices.Equal(got, []string{"file"}) {
		t.Errorf("an open file: %q", got)
	}
	chmod(t, path, 0o600)
	chmod(t, filepath.Dir(path), 0o770)
	if got := refused(t, path); !slices.Equal(got, []string{"folder"}) {
		t.Errorf("an open folder: %q", got)
	}
	chmod(t, filepath.Dir(path), 0o700)
	if err := errors.Join(os.Remove(path+".lock"), syscall.Mkfifo(path+".lock", 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, path); !slices.Equal(got, []string{"lock"}) {
		t.Errorf("a pipe as lock: %q", got)
	}
}
