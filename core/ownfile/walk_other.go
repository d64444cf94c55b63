//go:build !unix

package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

func walk(path string) (found, error) {
	info, err := os.Stat(path)
	if err != nil {
		return found{}, err
	}
	absolute, err := filepath.Abs(path)
	return found{path: absolute, info: info}, err
}

// withoutWaiting is not needed: the kind that is checked before is the kind that is opened.
const withoutWaiting = 0

const withoutLink = 0

// placeOf returns the present target of path.
func placeOf(path string, _ *os.File) (string, error) { return lead(path) }

func lead(path string) (string, error) {
	end, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		end, err = path, nil
	}
	if err != nil {
		end = path
	}
	absolute, notAbsolute := filepath.Abs(end)
	return absolute, errors.Join(err, notAbsolute)
}

func once(path string) bool {
	info, err := os.Stat(path)
	return err == nil && passes(info)
}

func (f found) open() (*os.File, error) { return os.Open(f.path) }

func check(string, string, fs.FileInfo) error { return nil }

func checkBeside(string, fs.FileInfo, fs.FileInfo) error { return nil }

// Quote returns path in double quotes.
func Quote(path string) string { return `"` + path + `"` }
