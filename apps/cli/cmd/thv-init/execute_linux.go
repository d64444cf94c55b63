package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/delivery"
)

// defaultPath is an engine's for an image that has none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const (
	statusCannotExecute = 126
	statusNoCommand     = 127
)

// merged is environ with variables, which win.
func merged(environ []string, variables []delivery.Variable) []string {
	given := make(map[string]bool, len(variables))
	for _, v := range variables {
		given[v.Name] = true
	}
	var all []string
	for _, pair := range environ {
		if name, _, _ := strings.Cut(pair, "="); !given[name] {
			all = append(all, pair)
		}
	}
	for _, v := range variables {
		all = append(all, v.Name+"="+string(v.Value))
	}
	return all
}

// lookUp finds command as execvp does: by its own path, or in the PATH of its
// environment.
func lookUp(command string, environment []string) (string, error) {
	if strings.Contains(command, "/") {
		return command, executable(command)
	}
	folders := defaultPath
	for _, pair := range environment {
		if value, is := strings.CutPrefix(pair, "PATH="); is {
			folders = value
		}
	}
	failure := error(unix.ENOENT)
	for folder := range strings.SplitSeq(folders, ":") {
		if folder == "" {
			folder = "."
		}
		path := folder + "/" + command
		err := executable(path)
		if err == nil {
			return path, nil
		}
		if !missing(err) {
			failure = err
		}
	}
	return "", failure
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return unix.EISDIR
	}
	return unix.Access(path, unix.X_OK)
}

// execute returns only if it fails. As by execvp, a file that is not an executable is
// run as a shell script.
func execute(path string, argv, environment []string) error {
	err := unix.Exec(path, argv, environment)
	if errors.Is(err, unix.ENOEXEC) {
		script := append([]string{"/bin/sh", path}, argv[1:]...)
		if shellErr := unix.Exec("/bin/sh", script, environment); !missing(shellErr) {
			err = shellErr
		}
	}
	return err
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

// cannot reports why command was not executed, and returns a shell's status.
func cannot(command string, err error) int {
	var cause unix.Errno
	if errors.As(err, &cause) {
		err = cause
	}
	if missing(err) {
		say(command, ": there is no such program in the image")
		return statusNoCommand
	}
	if errors.Is(err, unix.E2BIG) {
		say(command, ": its variables are too many or too large together; deliver some as files (target=/path)")
		return statusCannotExecute
	}
	say(command, ": cannot be executed: ", err.Error())
	return statusCannotExecute
}
