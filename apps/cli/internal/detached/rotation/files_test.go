package rotation

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// eventTimeout bounds the wait for an event.
const eventTimeout = 20 * time.Second

// watching watches paths. It returns a function that does something and asserts that a
// change is reported, and one that asserts that none is.
func watching(t *testing.T, paths ...string) (reports func(what string, do func()), silent func(what string, do func())) {
	t.Helper()
	changes, err := WatchFiles(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	reports = func(what string, do func()) {
		t.Helper()
		do()
		select {
		case err := <-changes:
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		case <-time.After(eventTimeout):
			t.Fatalf("%s: got no report, want one", what)
		}
		drain(changes)
	}
	silent = func(what string, do func()) {
		t.Helper()
		do()
		select {
		case err := <-changes:
			t.Errorf("%s: got a report (%v), want none", what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return reports, silent
}

// drain receives what else is reported of the same change.
func drain(changes <-chan error) {
	for {
		select {
		case err := <-changes:
			if err != nil {
				return
			}
		case <-time.After(50 * time.Millisecond):
			return
		}
	}
}

// put replaces the file at path, as a store does.
func put(t *testing.T, path string) {
	t.Helper()
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, path); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWatchFiles_ReportsAReplacedFileOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	put(t, path)
	reports, silent := watching(t, path)
	for range 3 {
		reports("replaced", func() { put(t, path) })
	}
	reports("written in place", func() { must(t, os.WriteFile(path, []byte("other"), 0o600)) })
	silent("another file", func() { put(t, path+"-other") })
	silent("read", func() { _, err := os.ReadFile(path); must(t, err) })
	reports("removed", func() { must(t, os.Remove(path)) })
	reports("made again", func() { put(t, path) })
}

func TestWatchFiles_WaitsForAMissingDirectory(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "store")
	reports, _ := watching(t, path)
	reports("the directory is made", func() { must(t, os.MkdirAll(filepath.Dir(path), 0o700)) })
	reports("the file is made", func() { put(t, path) })
	reports("and replaced", func() { put(t, path) })
}

func TestWatchFiles_OutlivesItsDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "directory", "store")
	directory := filepath.Dir(path)
	must(t, os.Mkdir(directory, 0o700))
	put(t, path)
	reports, _ := watching(t, path)
	for range 3 {
		reports("removed with its directory", func() { must(t, os.RemoveAll(directory)) })
		reports("made again", func() { must(t, os.Mkdir(directory, 0o700)); put(t, path) })
		reports("replaced", func() { put(t, path) })
		reports("the directory is moved away", func() { must(t, os.Rename(directory, directory+"-old")) })
		must(t, os.RemoveAll(directory+"-old"))
		reports("and is there again", func() { must(t, os.Mkdir(directory, 0o700)); put(t, path) })
		reports("removed and made at once", func() {
			must(t, os.RemoveAll(directory))
			must(t, os.Mkdir(directory, 0o700))
			put(t, path)
		})
		reports("replaced after that", func() { put(t, path) })
	}
}

func TestWatchFiles_FollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making symbolic links needs a right that not every user has on Windows")
	}
	root := t.TempDir()
	for _, directory := range []string{"one", "two", "link-to-file"} {
		must(t, os.Mkdir(filepath.Join(root, directory), 0o700))
	}
	link := filepath.Join(root, "link")
	must(t, os.Symlink("one", link))
	path := filepath.Join(link, "store")
	env := filepath.Join(root, "link-to-file", ".env")
	must(t, os.Symlink(filepath.Join(link, "env"), env))
	reports, silent := watching(t, path, env)
	reports("made where the link leads", func() { put(t, filepath.Join(root, "one", "store")) })
	reports("by way of the link", func() { put(t, path) })
	reports("through two links", func() { put(t, filepath.Join(root, "one", "env")) })
	silent("where no link leads", func() { put(t, filepath.Join(root, "two", "store")) })
	reports("the link leads elsewhere", func() {
		must(t, os.Symlink("two", link+"-new"))
		must(t, os.Rename(link+"-new", link))
	})
	reports("replaced there", func() { put(t, filepath.Join(root, "two", "store")) })
	silent("where the link led before", func() { put(t, filepath.Join(root, "one", "store")) })
}

func TestWatchFiles_EndsWithItsContextAndLeavesNothingOpen(t *testing.T) {
	// Each watcher is one of the user's few inotify instances.
	for range 300 {
		t.Run("", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			changes, err := WatchFiles(t.Context(), []string{path})
			if err != nil {
				t.Fatal(err)
			}
			put(t, path)
			must(t, <-changes)
		})
	}
}
