package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/delivery"
)

// deliver makes files that were not there. One that is was put there by a refresh,
// which is newer: the storage was empty when the container started.
func deliver(files []delivery.File) error {
	for _, f := range files {
		if err := inMemory(f.Path); err != nil {
			return err
		}
		if err := create(f.Path, f); err != nil && !errors.Is(err, fs.ErrExist) {
			return failed(f.Path, err)
		}
	}
	return nil
}

// refresh replaces files, all of them or none as far as writing them goes.
func refresh() int {
	frame, err := delivery.Read(input(0))
	if err != nil {
		say(err.Error())
		return statusFailed
	}
	defer frame.Wipe()
	if err := replace(frame.Files); err != nil {
		say(err.Error())
		return statusFailed
	}
	return 0
}

func replace(files []delivery.File) error {
	fresh := make([]string, len(files))
	for i, f := range files {
		if err := inMemory(f.Path); err != nil {
			return err
		}
		fresh[i] = path.Join(path.Dir(f.Path), ".thv-new-"+strconv.Itoa(i))
		_ = os.Remove(fresh[i]) // of a refresh that was killed
		if err := create(fresh[i], f); err != nil {
			remove(fresh[:i+1])
			return failed(f.Path, err)
		}
	}
	for i, f := range files {
		if err := os.Rename(fresh[i], f.Path); err != nil {
			remove(fresh[i:])
			return failed(f.Path, err)
		}
	}
	return nil
}

func remove(names []string) {
	for _, name := range names {
		_ = os.Remove(name)
	}
}

// create creates a new file with f's content and mode. It removes a file that could not be
// written completely.
func create(name string, f delivery.File) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(f.Content)
	// The mode must not depend on the umask.
	err = errors.Join(err, file.Chmod(fs.FileMode(f.Mode)), file.Close())
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}

// inMemory returns an error unless the file is on memory-backed storage.
func inMemory(name string) error {
	var storage unix.Statfs_t
	folder := path.Dir(name)
	if err := unix.Statfs(folder, &storage); err != nil {
		return failed(name, err)
	}
	if storage.Type != unix.TMPFS_MAGIC {
		return errors.New("the file " + name + " is not written: " + folder + " is not memory-backed storage (tmpfs) in this container")
	}
	return nil
}

func failed(name string, err error) error {
	var cause unix.Errno
	if errors.As(err, &cause) {
		err = cause
	}
	return errors.New("the file " + name + " cannot be written: " + err.Error())
}
