package exec

import (
	"errors"
	"path/filepath"
	"runtime"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// Trusted returns the resolved path of an executable that is not started by [Open] but needs
// the same check of its permissions. Its errors are those of Open. A path that is not absolute
// is [secret.ErrUnavailable]. Start the executable by the returned path, which has no symbolic
// links that could be changed in between.
//
// On Windows, as with Open, it is path itself if that is a regular file.
func Trusted(path string) (resolved string, err error) {
	if !filepath.IsAbs(path) {
		return "", unavailable("the program %s is not started, since its path is not absolute", path)
	}
	return Config{Command: []string{path}}.trusted()
}

// trusted returns the file to start, without symbolic links in its path, by the rule
// of package ownfile.
func (c Config) trusted() (string, error) {
	path, info, err := ownfile.Resolve(c.Command[0])
	var others *ownfile.Error
	switch {
	case errors.As(err, &others):
		return "", &untrustedError{program: c.Command[0], others: others}
	case err != nil:
		return "", c.missing(err)
	case !info.Mode().IsRegular():
		return "", c.notRegular(path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0:
		return "", c.notExecutable(path)
	}
	return path, nil
}

// untrustedError is the error for an executable that other users could change.
type untrustedError struct {
	program string
	others  *ownfile.Error
}

// Error returns the executable and what is wrong with it.
func (e *untrustedError) Error() string {
	return secret.ErrDenied.Error() + ": the program " + e.program + " is not started: " + e.others.Reason()
}

// Fix returns the command that corrects it; empty if there is none.
func (e *untrustedError) Fix() string { return e.others.Fix() }

// Unwrap returns the error of package ownfile, which is secret.ErrDenied.
func (e *untrustedError) Unwrap() error { return e.others }
