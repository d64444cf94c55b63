package rotation

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// patience is how long an event is waited for before a test gives up.
const patience = 20 * time.Second

// watching returns a function that does something and reports whether a change was
// told of, and one that does something that must not be reported.
func watching(t *testing.T, paths ...string) (tells func(what string, do func()), quietly func(what string, do func())) {
	t.Helper()
	changes, err := WatchFiles(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	tells = func(what string, do func()) {
		t.Helper()
		do()
		select {
		case err := <-changes:
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		case <-time.After(patience):
			t.Fatalf("%s: nothing was told", what)
		}
		drain(changes)
	}
	quietly = func(what string, do func()) {
		t.Helper()
		do()
		select {
		case err := <-changes:
			t.Errorf("%s: a change was told of (%v)", what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return tells, quietly
}

// drain takes what else is told of the same change.
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

func TestWatchFiles_TellsOfAReplacedFileOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	put(t, path)
	tells, quietly := watching(t, path)
	for range 3 {
		tells("replaced", func() { put(t, path) })
	}
	tells("written in place", func() { must(t, os.WriteFile(path, []byte("other"), 0o600)) })
	quietly("another file", func() { put(t, path+"-other") })
	quietly("read", func() { _, err := os.ReadFile(path); must(t, err) })
	tells("removed", func() { must(t, os.Remove(path)) })
	tells("made again", func() { put(t, path) })
}

func TestWatchFiles_WaitsForAFolderThatIsNotThereYet(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "store")
	tells, _ := watching(t, path)
	tells("the folder is made", func() { must(t, os.MkdirAll(filepath.Dir(path), 0o700)) })
	tells("the file is made", func() { put(t, path) })
	tells("and replaced", func() { put(t, path) })
}

func TestWatchFiles_OutlivesItsFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "store")
	folder := filepath.Dir(path)
	must(t, os.Mkdir(folder, 0o700))
	put(t, path)
	tells, _ := watching(t, path)
	for range 3 {
		tells("removed with its folder", func() { must(t, os.RemoveAll(folder)) })
		tells("made again", func() { must(t, os.Mkdir(folder, 0o700)); put(t, path) })
		tells("replaced", func() { put(t, path) })
		tells("the folder is moved away", func() { must(t, os.Rename(folder, folder+"-old")) })
		must(t, os.RemoveAll(folder+"-old"))
		tells("and is there again", func() { must(t, os.Mkdir(folder, 0o700)); put(t, path) })
		tells("removed and made at once", func() {
			must(t, os.RemoveAll(folder))
			must(t, os.Mkdir(folder, 0o700))
			put(t, path)
		})
		tells("replaced after that", func() { put(t, path) })
	}
}

func TestWatchFiles_FollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making symbolic links needs a right that not everybody has on Windows")
	}
	root := t.TempDir()
	for _, folder := range []string{"one", "two", "link-to-file"} {
		must(t, os.Mkdir(filepath.Join(root, folder), 0o700))
	}
	link := filepath.Join(root, "link")
	must(t, os.Symlink("one", link))
	path := filepath.Join(link, "store")
	env := filepath.Join(root, "link-to-file", ".env")
	must(t, os.Symlink(filepath.Join(link, "env"), env))
	tells, quietly := watching(t, path, env)
	tells("made where the link leads", func() { put(t, filepath.Join(root, "one", "store")) })
	tells("by way of the link", func() { put(t, path) })
	tells("through two links", func() { put(t, filepath.Join(root, "one", "env")) })
	quietly("where no link leads", func() { put(t, filepath.Join(root, "two", "store")) })
	tells("the link leads elsewhere", func() {
		must(t, os.Symlink("two", link+"-new"))
		must(t, os.Rename(link+"-new", link))
	})
	tells("replaced there", func() { put(t, filepath.Join(root, "two", "store")) })
	quietly("where the link led before", func() { put(t, filepath.Join(root, "one", "store")) })
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
