//go:build unix

package ownfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// tree makes dir/file with a text, in a directory that has no links above it.
func tree(t *testing.T) (top string) {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(top+"/dir", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(top+"/dir/file", []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	return top
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// give makes path another user's.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	if err := os.Lchown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
}

func TestRead_WhatOthersCanChangeIsDenied(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, top string)
		path  string // "" is /dir/file
		at    string
		fix   string // "": no fix is offered
	}{
		"others write the file":          {spoil: func(t *testing.T, top string) { chmod(t, top+"/dir/file", 0o602) }, at: "/dir/file", fix: "chmod go-w "},
		"others write its directory":     {spoil: func(t *testing.T, top string) { chmod(t, top+"/dir", 0o703) }, at: "/dir", fix: "chmod go-w "},
		"others write one above":         {spoil: func(t *testing.T, top string) { chmod(t, top, 0o707) }, at: "", fix: "chmod go-w "},
		"another's file":                 {spoil: func(t *testing.T, top string) { give(t, top+"/dir/file") }, at: "/dir/file"},
		"another's file in a sticky one": {spoil: func(t *testing.T, top string) { chmod(t, top+"/dir", 0o777|fs.ModeSticky); give(t, top+"/dir/file") }, at: "/dir/file"},
		"another's directory":            {spoil: func(t *testing.T, top string) { give(t, top+"/dir") }, at: "/dir"},
		"another's sticky directory":     {spoil: func(t *testing.T, top string) { chmod(t, top+"/dir", 0o777|fs.ModeSticky); give(t, top+"/dir") }, at: "/dir"},
		"another's link": {spoil: func(t *testing.T, top string) {
			symlink(t, "dir/file", top+"/link")
			give(t, top+"/link")
		}, path: "/link", at: "/link"},
		"the directory of a link": {spoil: func(t *testing.T, top string) {
			if err := os.Mkdir(top+"/links", 0o700); err != nil {
				t.Fatal(err)
			}
			symlink(t, "../dir/file", top+"/links/link")
			chmod(t, top+"/links", 0o707)
		}, path: "/links/link", at: "/links", fix: "chmod go-w "},
		"the directory that a link leads to": {spoil: func(t *testing.T, top string) {
			symlink(t, top+"/dir", top+"/link")
			chmod(t, top+"/dir", 0o707)
		}, path: "/link/file", at: "/dir", fix: "chmod go-w "},
		"a way through it and back": {spoil: func(t *testing.T, top string) {
			symlink(t, top+"/dir", top+"/link")
			chmod(t, top+"/dir", 0o707)
		}, path: "/dir/../dir/file", at: "/dir", fix: "chmod go-w "},
	} {
		t.Run(name, func(t *testing.T) {
			top := tree(t)
			c.spoil(t, top)
			if c.path == "" {
				c.path = "/dir/file"
			}
			_, err := Read(top+c.path, 100)
			var wrong *Error
			if !errors.As(err, &wrong) || !errors.Is(err, secret.ErrDenied) {
				t.Fatalf("got %v", err)
			}
			if c.fix != "" {
				c.fix += top + c.at
			}
			if wrong.At != top+c.at || wrong.Fix() != c.fix || !strings.HasSuffix(err.Error(), c.fix) || strings.Contains(err.Error(), "chown") {
				t.Errorf("at %s, fix %q: %v", wrong.At, wrong.Fix(), err)
			}
		})
	}
}

func TestRead_WhatOthersCannotChangeIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, top string)
		path    string
	}{
		"plain":                  {func(*testing.T, string) {}, "/dir/file"},
		"others read":            {func(t *testing.T, top string) { chmod(t, top+"/dir/file", 0o644); chmod(t, top+"/dir", 0o755) }, "/dir/file"},
		"in a sticky directory":  {func(t *testing.T, top string) { chmod(t, top+"/dir", 0o777|fs.ModeSticky) }, "/dir/file"},
		"through links":          {func(t *testing.T, top string) { symlink(t, top+"/dir", top+"/a"); symlink(t, "a/file", top+"/b") }, "/b"},
		"not clean":              {func(*testing.T, string) {}, "/dir/.././dir//file"},
		"the parent of a target": {func(t *testing.T, top string) { symlink(t, "dir", top+"/a") }, "/a/../dir/file"},
	} {
		t.Run(name, func(t *testing.T) {
			top := tree(t)
			c.prepare(t, top)
			text, err := Read(top+c.path, 4)
			if err != nil || string(text) != "text" {
				t.Errorf("Read: got %q, %v, want the text", text, err)
			}
			if path, _, err := Resolve(top + c.path); err != nil || path != top+"/dir/file" {
				t.Errorf("resolved to %s, %v", path, err)
			}
		})
	}
}

func TestRead_OfARelativePath(t *testing.T) {
	top := tree(t)
	t.Chdir(top + "/dir")
	if text, err := Read("file", 4); err != nil || string(text) != "text" {
		t.Errorf("Read: got %q, %v, want the text", text, err)
	}
	chmod(t, top, 0o707)
	if _, err := Read("file", 4); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("others write a directory above: %v", err)
	}
}

func TestRead_WhatIsNotAFileToRead(t *testing.T) {
	top := tree(t)
	chmod(t, top+"/dir", 0o707) // decides nothing about what is not there
	symlink(t, "loop", top+"/loop")
	symlink(t, "absent", top+"/dangling")
	for path, want := range map[string]error{"/dir/absent": fs.ErrNotExist, "/absent/file": fs.ErrNotExist, "/dangling": fs.ErrNotExist, "": secret.ErrUnsupported} {
		if _, err := Read(top+path, 4); !errors.Is(err, want) {
			t.Errorf("Read(%s): got %v, want %v", path, err, want)
		}
	}
	if _, err := Read(top+"/loop", 4); err == nil || errors.Is(err, secret.ErrDenied) {
		t.Errorf("a loop: %v", err)
	}
	chmod(t, top+"/dir", 0o700)
	if _, err := Read(top+"/dir/file", 3); !errors.Is(err, secret.ErrTooLarge) {
		t.Errorf("beyond the limit: %v", err)
	}
	if _, err := Open(top + "/dir"); err == nil {
		t.Error("a directory was opened")
	}
}

func TestOpen_AFileThatIsReplacedIsNotOpened(t *testing.T) {
	top := tree(t)
	path := top + "/dir/file"
	checked, err := walk(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(top+"/new", nil, 0o600), os.Rename(top+"/new", path)); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path, checked); !errors.Is(err, errReplaced) {
		t.Error("a file that was not checked was opened")
	}
}

// A file that is saved again and again is read as it was or as it is.
func TestRead_TakesAFileThatIsReplacedAllTheTime(t *testing.T) {
	top := tree(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = errors.Join(os.WriteFile(top+"/new", []byte("text"), 0o600), os.Rename(top+"/new", top+"/dir/file"))
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	for range 2000 {
		if text, err := Read(top+"/dir/file", 4); err != nil || string(text) != "text" {
			t.Fatalf("Read: got %q, %v, want the text", text, err)
		}
	}
}

func TestOpen_APipeOfThisProcessIsReadWhateverItsPath(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("no descriptors in the file system:", err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.Chmod(0o666); err != nil { // nothing is kept in a pipe
		t.Fatal(err)
	}
	if _, err := writer.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	file, err := Open("/dev/fd/" + strconv.FormatUint(uint64(reader.Fd()), 10))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if text, err := io.ReadAll(file); err != nil || string(text) != "text" {
		t.Errorf("got %q, %v, want the text", text, err)
	}
}

func TestOpen_ADescriptorOfAnothersFileIsDenied(t *testing.T) {
	top := tree(t)
	file, err := os.Open(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	path := "/dev/fd/" + strconv.FormatUint(uint64(file.Fd()), 10)
	if opened, err := Open(path); err != nil {
		t.Errorf("of one of mine: %v", err)
	} else {
		opened.Close()
	}
	give(t, top+"/dir/file")
	if _, err := Open(path); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("of another's: %v", err)
	}
}

func TestBeside_TakesTheOwnerOfTheProgramAndNobodyElse(t *testing.T) {
	top := tree(t)
	chmod(t, top+"/dir", 0o777)
	for _, name := range []string{"/program", "/beside"} {
		if err := os.WriteFile(top+"/dir"+name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	beside := func() error { return Beside(top+"/dir/program", top+"/dir/beside") }
	if err := beside(); err != nil {
		t.Errorf("mine: %v", err)
	}
	chmod(t, top+"/dir/beside", 0o757)
	if err := beside(); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("others write it: %v", err)
	}
	chmod(t, top+"/dir/beside", 0o755)
	give(t, top+"/dir/beside")
	if err := beside(); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("another's: %v", err)
	}
	give(t, top+"/dir/program")
	if err := beside(); err != nil {
		t.Errorf("of the program's owner: %v", err)
	}
}

func TestAdvice_OfAnothersFileNamesNoCommand(t *testing.T) {
	for name, c := range map[string]struct {
		owner, me int
		says      string
	}{
		"root, a user's":    {1000, 0, "without sudo"},
		"a user, another's": {1000, 1001, "yours or root's"},
		"a user, 65534":     {65534, 1001, "NFS"},
	} {
		err := othersOwn("/a/b", "/a", c.owner, c.me)
		if err.Fix() != "" || strings.Contains(err.Error(), "chown") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q and no chown", name, err, c.says)
		}
	}
}

func TestQuote_IsWhatAShellReads(t *testing.T) {
	for path, want := range map[string]string{"/a/b-c.d": "/a/b-c.d", "/a b": "'/a b'", "/it's": `'/it'\''s'`, "/$(x)": "'/$(x)'", "": "''"} {
		if got := Quote(path); got != want {
			t.Errorf("%s is quoted as %s", path, got)
		}
	}
}
