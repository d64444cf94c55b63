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

// maxRewatches bounds how often the directories are watched again while they change.
const maxRewatches = 10

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
		return nil, fmt.Errorf("this system cannot watch files: %w", err)
	}
	f := &files{notifier: notifier, paths: paths, changes: make(chan error, 1)}
	if err := f.updateWatches(); err != nil {
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

// rewatch watches the directories that exist now.
func (f *files) rewatch(ctx context.Context) {
	err := f.updateWatches()
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

// updateWatches watches the directories of the files, and no others. It starts again if
// they change in that time.
func (f *files) updateWatches() error {
	for range maxRewatches {
		directories, names := f.watchTargets()
		var failures []error
		for _, directory := range directories {
			if err := f.notifier.Add(directory); err != nil {
				failures = append(failures, fmt.Errorf("cannot watch the directory %s: %w", directory, err))
			}
		}
		for _, watched := range f.notifier.WatchList() {
			if !slices.Contains(directories, watched) {
				_ = f.notifier.Remove(watched) // it may be gone already
			}
		}
		f.names = names
		if again, _ := f.watchTargets(); !slices.Equal(directories, again) {
			continue
		}
		return errors.Join(failures...)
	}
	return errors.New("the directories of the secrets' files keep changing")
}

// watchTargets returns the directories to watch for the files, sorted, and the paths in
// them that count.
func (f *files) watchTargets() (directories []string, names map[string]bool) {
	names = map[string]bool{}
	for _, path := range f.paths {
		directories = append(directories, watchPath(filepath.Clean(path), names)...)
	}
	slices.Sort(directories)
	return slices.Compact(directories), names
}

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 16

// watchPath returns the directories to watch for the file at path: the nearest one that
// exists, and those of the symbolic links on the way. None of them is a link, since a
// directory that is watched by two names is reported by one. It adds the paths that
// count to names.
func watchPath(path string, names map[string]bool) []string {
	var directories []string
	for range maxLinks {
		link, found := firstLink(path)
		if !found {
			break
		}
		names[link] = true
		directories = append(directories, filepath.Dir(link))
		target, err := os.Readlink(link)
		if err != nil {
			break // it is another thing by now, which is an event
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, strings.TrimPrefix(path, link))
	}
	directory, below := filepath.Dir(path), path
	for !isDirectory(directory) && directory != filepath.Dir(directory) {
		directory, below = filepath.Dir(directory), directory
	}
	names[below] = names[below] || below != path
	names[directory] = true // since it may be removed itself
	return append(directories, directory)
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

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
