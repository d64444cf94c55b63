package rotation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// rearmings bounds how often the directories are watched again while they change.
const rearmings = 10

// WatchFiles reports changes of the files at paths, which need not exist, until ctx is
// done. It sends nil on the channel, once for any number of changes that have not been
// received. A path counts, not an inode: WatchFiles also reports a file that is
// replaced, whose directory is removed and created again, or that a symbolic link leads
// to. It does not notice that a parent directory further up is renamed.
//
// An error on the channel is the last value. WatchFiles returns an error if the system,
// or a limit of this user, does not allow to watch at all.
func WatchFiles(ctx context.Context, paths []string) (<-chan error, error) {
	notifier, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("this system tells of no changed files: %w", err)
	}
	f := &files{notifier: notifier, paths: paths, changes: make(chan error, 1)}
	if err := f.arm(); err != nil {
		_ = notifier.Close()
		return nil, err
	}
	go f.run(ctx)
	return f.changes, nil
}

// files are watched through their directories: a file that is watched itself is not
// watched any more once it is replaced.
type files struct {
	notifier *fsnotify.Watcher
	paths    []string
	changes  chan error

	// names are the paths whose events count. They are true for paths on the way to a
	// file: after their change, other directories may have to be watched.
	names map[string]bool
}

func (f *files) run(ctx context.Context) {
	defer func() { _ = f.notifier.Close() }()
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-f.notifier.Events:
			if !open {
				return
			}
			f.event(ctx, event)
		case _, open := <-f.notifier.Errors:
			if !open {
				return
			}
			f.rewatch(ctx) // after an overflow, any file may have changed
		}
	}
}

func (f *files) event(ctx context.Context, event fsnotify.Event) {
	onTheWay, counts := f.names[filepath.Clean(event.Name)]
	switch {
	case !counts:
	case onTheWay:
		f.rewatch(ctx)
	default:
		f.changed()
	}
}

func (f *files) changed() {
	select {
	case f.changes <- nil:
	default: // one is waiting to be received
	}
}

// rewatch watches what is there now.
func (f *files) rewatch(ctx context.Context) {
	err := f.arm()
	if err == nil {
		f.changed()
		return
	}
	select {
	case f.changes <- err:
	case <-ctx.Done():
	}
	_ = f.notifier.Close() // which ends run
}

// arm watches the directories that tell of the files, and no others. It starts again
// if they have changed in that time.
func (f *files) arm() error {
	for range rearmings {
		folders, names := f.survey()
		var failures []error
		for _, folder := range folders {
			if err := f.notifier.Add(folder); err != nil {
				failures = append(failures, fmt.Errorf("cannot watch the directory %s: %w", folder, err))
			}
		}
		for _, watched := range f.notifier.WatchList() {
			if !slices.Contains(folders, watched) {
				_ = f.notifier.Remove(watched) // it may be gone already
			}
		}
		f.names = names
		if again, _ := f.survey(); !slices.Equal(folders, again) {
			continue
		}
		return errors.Join(failures...)
	}
	return errors.New("the directories of the secrets' files keep changing")
}

// survey answers the folders to watch for the files, sorted, and the names in them
// that count.
func (f *files) survey() (folders []string, names map[string]bool) {
	names = map[string]bool{}
	for _, path := range f.paths {
		folders = append(folders, way(filepath.Clean(path), names)...)
	}
	slices.Sort(folders)
	return slices.Compact(folders), names
}

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 16

// way answers the folders to watch for the file at path: the nearest to it that is
// there, and those of the symbolic links on the way. No link leads to any of them,
// since a folder that is watched by two names is known by one. It adds the names
// that count.
func way(path string, names map[string]bool) []string {
	var folders []string
	for range maxLinks {
		link, found := firstLink(path)
		if !found {
			break
		}
		names[link] = true
		folders = append(folders, filepath.Dir(link))
		target, err := os.Readlink(link)
		if err != nil {
			break // it is another thing by now, which is an event
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, strings.TrimPrefix(path, link))
	}
	folder, below := filepath.Dir(path), path
	for !isFolder(folder) && folder != filepath.Dir(folder) {
		folder, below = filepath.Dir(folder), folder
	}
	names[below] = names[below] || below != path
	names[folder] = true // its own end
	return append(folders, folder)
}

// firstLink returns the part of path nearest to the root that is a symbolic link.
func firstLink(path string) (link string, found bool) {
	for part := path; part != filepath.Dir(part); part = filepath.Dir(part) {
		if info, err := os.Lstat(part); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			link, found = part, true
		}
	}
	return link, found
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
