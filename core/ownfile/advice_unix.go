//go:build unix

package ownfile

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

func othersOwn(path, at string, owner, me int) *Error {
	e := &Error{Path: path, At: at, reason: fmt.Sprintf("%s belongs to user %d, who could change it", subject(path, at), owner)}
	switch {
	case owner == overflow:
		e.advice = "65534 is also how a user namespace or an NFS server shows an owner that it does not tell: use a file of yours"
	case me == 0:
		e.advice = "as root thv uses root's files only: run it as that user, without sudo, or use a file that is root's"
	default:
		e.advice = "use a file that is yours or root's, in a directory that only you can write"
	}
	return e
}

// othersWrite suggests the command only if this user can run it unchanged.
func othersWrite(path, at string, owner uint32, mode fs.FileMode) *Error {
	e := &Error{
		Path: path, At: at,
		reason: fmt.Sprintf("others can write %s (mode %04o)", subject(path, at), mode.Perm()),
		advice: "look whether they have changed it", fix: "chmod go-w " + Quote(at),
	}
	if mode.IsDir() {
		e.advice = "look whether they have changed what is in it"
	}
	if int(owner) != os.Geteuid() {
		e.fix = "sudo " + e.fix
	}
	return e
}

// subject returns the subject of an error's text, without repeating the path that the
// error begins with.
func subject(path, at string) string {
	if path == at {
		return "it"
	}
	return Quote(at)
}

// Quote returns path quoted for a shell.
func Quote(path string) string {
	if path != "" && strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
