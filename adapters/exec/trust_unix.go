//go:build unix

package exec

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links a path may lead through.
const maxLinks = 40

// trusted returns the file to start, without symbolic links in its path. Nobody
// but this user and root can put another in its place: they own the file, every
// folder and every link on the way, and nobody else may write any of it. In a
// sticky folder, such as /tmp, that holds for what they own.
func (c Config) trusted() (string, error) {
	path, rest, links := "/", components(c.Command[0]), 0
	for {
		info, err := os.Lstat(path)
		if err != nil {
			return "", c.missing(err)
		}
		if err := c.trust(path, info); err != nil {
			return "", err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			if links++; links > maxLinks {
				return "", c.missing(syscall.ELOOP)
			}
			target, err := os.Readlink(path)
			if err != nil {
				return "", c.missing(err)
			}
			rest = append(components(target), rest...)
			path = filepath.Dir(path)
			if filepath.IsAbs(target) {
				path = "/"
			}
			continue
		}
		if len(rest) == 0 {
			return c.runnable(path, info)
		}
		path, rest = filepath.Join(path, rest[0]), rest[1:]
	}
}

// components of a path, in which ".." stays, since it means the parent of where
// a link led to.
func components(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// trust checks one step of the way.
func (c Config) trust(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return c.othersOwn(path)
	}
	link := info.Mode().Type() == fs.ModeSymlink // whose mode means nothing
	sticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if info.Mode().Perm()&0o022 != 0 && !link && !sticky {
		return c.othersWrite(path)
	}
	return nil
}

func (c Config) runnable(path string, info fs.FileInfo) (string, error) {
	switch {
	case !info.Mode().IsRegular():
		return "", c.notRegular(path)
	case info.Mode().Perm()&0o111 == 0:
		return "", c.notExecutable(path)
	}
	return path, nil
}
