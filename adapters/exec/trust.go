package exec

import "path/filepath"

// Trusted returns the file that a program at path is, for a program that is not
// started by Open but deserves the same care: Open's check of who could have
// changed it, with Open's errors. path is absolute; another one is
// secret.ErrUnavailable. The program is to be started by the path that is
// returned, in which no symbolic link is left that could lead elsewhere by then.
//
// On Windows, as with Open, it is path itself, if that is a regular file.
func Trusted(path string) (resolved string, err error) {
	if !filepath.IsAbs(path) {
		return "", unavailable("the program %s is not started, since its path is not absolute", path)
	}
	return Config{Command: []string{path}}.trusted()
}
