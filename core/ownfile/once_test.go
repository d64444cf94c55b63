//go:build unix

package ownfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestOnce_IsWhatALaterCommandCannotRead(t *testing.T) {
	top := tree(t)
	file, err := os.Open(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := syscall.Mkfifo(top+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	descriptor := "/dev/fd/" + strconv.FormatUint(uint64(file.Fd()), 10)
	symlink(t, descriptor, top+"/to-descriptor")
	symlink(t, top+"/dir/file", top+"/to-file")
	symlink(t, top+"/pipe", top+"/to-pipe")
	for path, want := range map[string]bool{
		top + "/dir/file": false, top + "/dir": false, top + "/to-file": false, top + "/absent": false,
		top + "/pipe": true, top + "/to-pipe": true, descriptor: true, top + "/to-descriptor": true, "/dev/null": true,
	} {
		if got := Once(path); got != want {
			t.Errorf("Once(%s) is %v", path, got)
		}
	}
}

func TestRegular_OpensNothingElse(t *testing.T) {
	top := tree(t)
	if err := syscall.Mkfifo(top+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := os.Open(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	descriptor := "/dev/fd/" + strconv.FormatUint(uint64(opened.Fd()), 10)
	for _, path := range []string{top + "/pipe", top + "/dir", "/dev/null", "/dev/stdin", descriptor} {
		if file, err := Regular(path); !errors.Is(err, secret.ErrUnsupported) {
			t.Errorf("Regular(%s): %v, %v", path, file, err)
		}
	}
	file, err := Regular(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

func TestLead_FollowsLinksAsFarAsThereAre(t *testing.T) {
	top := tree(t)
	symlink(t, "dir", top+"/a")
	symlink(t, top+"/a/file", top+"/b")
	symlink(t, "nothing/there", top+"/dangling")
	symlink(t, "loop", top+"/loop")
	for path, want := range map[string]string{
		"/dir/file": "/dir/file", "/b": "/dir/file", "/a/": "/dir", "/a/absent/x": "/dir/absent/x",
		"/dangling": "/nothing/there", "/dangling/more": "/nothing/there/more", "/dir/../a/./file": "/dir/file",
	} {
		if got, err := Lead(top + path); got != top+want || err != nil {
			t.Errorf("%s leads to %s, %v", path, got, err)
		}
	}
	if _, err := Lead(top + "/loop"); err == nil {
		t.Error("a loop leads somewhere")
	}
}

// While a directory is replaced by a link and put back without end, nothing is read from
// where the link leads.
func TestRegular_ReadsNothingBehindALinkThatHasCome(t *testing.T) {
	if _, err := os.Readlink("/proc/self/fd/0"); err != nil {
		t.Skip("the system does not say what is open:", err)
	}
	top := tree(t)
	if err := os.Mkdir(top+"/private", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(top+"/private/file", []byte("private"), 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(t, top+"/private", top+"/link")
	path, err := Lead(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = errors.Join(os.Rename(top+"/dir", top+"/away"), os.Rename(top+"/link", top+"/dir"),
				os.Rename(top+"/dir", top+"/link"), os.Rename(top+"/away", top+"/dir"))
		}
	}()
	end := sync.OnceFunc(func() { close(stop); <-stopped })
	defer end()
	for range 20000 {
		file, err := Regular(path)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(file)
		if string(text) != "text" || err != nil {
			t.Fatalf("%q was read, %v", text, err)
		}
		_ = file.Close()
	}
	end()
	if err := os.Rename(filepath.Join(top, "dir"), top+"/away"); err != nil {
		t.Fatal(err)
	}
	symlink(t, top+"/private", top+"/dir")
	if file, err := Regular(path); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("behind a link: %v, %v", file, err)
	}
}

func TestRegular_TakesAFileThatIsReplaced(t *testing.T) {
	top := tree(t)
	file, err := Regular(top + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := os.WriteFile(top+"/new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(top+"/new", top+"/dir/file"); err != nil {
		t.Fatal(err)
	}
	if at, err := placeOf(top+"/dir/file", file); at != top+"/dir/file" || err != nil {
		t.Errorf("placeOf: got %s, %v, want %s/dir/file", at, err, top)
	}
}

func TestRegular_TakesAFileThatIsCalledDeleted(t *testing.T) {
	path := tree(t) + "/dir/file (deleted)"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Regular(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

// A pipe that takes the file's place just now is neither waited for nor returned.
func TestRegular_WaitsForNoPipeThatHasCome(t *testing.T) {
	top := tree(t)
	if err := syscall.Mkfifo(top+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			from := []string{top + "/pipe", top + "/dir/file"}[i%2]
			_ = errors.Join(os.Link(from, top+"/next"), os.Rename(top+"/next", top+"/path"))
		}
	}()
	defer func() { close(stop); <-stopped }()
	opened := make(chan string)
	go func() {
		defer close(opened)
		for range 4000 {
			file, err := Regular(top + "/path")
			if err != nil {
				continue
			}
			if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
				opened <- "a pipe was returned"
			}
			_ = file.Close()
		}
	}()
	select {
	case wrong, is := <-opened:
		if is {
			t.Error(wrong)
		}
	case <-time.After(time.Minute):
		t.Error("a pipe was waited for")
	}
}
