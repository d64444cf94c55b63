package unlock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	// maxPassword bounds a password, in bytes.
	maxPassword = 64 << 10
	// readWait bounds the wait for a file or descriptor, which may be a pipe without a
	// writer.
	readWait = 10 * time.Second
	// credential is the name that a systemd unit gives the password with
	// LoadCredential=.
	credential = "toolhive-secrets-password"
)

// PasswordSource is one place that may have the password. Answer's errors are those of
// provider.KeySource.Password.
type PasswordSource struct {
	// Name is for messages.
	Name   string
	Lookup func(ctx context.Context) (secret.Value, error)
}

// MinPassword is the fewest characters of a password that a store is given. A store that
// has a shorter one opens with it.
const MinPassword = 8

func longEnough(password secret.Value) bool { return utf8.RuneCount(password.Bytes()) >= MinPassword }

// requireLength returns the source for a new password: a password that is too short is
// a usage error.
func (r PasswordSource) requireLength() PasswordSource {
	answer := r.Lookup
	r.Lookup = func(ctx context.Context) (secret.Value, error) {
		password, err := answer(ctx)
		if err == nil && !longEnough(password) {
			err = secret.Usagef("a new password has at least %d characters; to have one made, run: openssl rand -base64 32 (or let a keyring keep a random one)", MinPassword)
		}
		return password, err
	}
	return r
}

// File is the source of --password-file. One line end at the file's end does not
// count. It is read once, since it may be a pipe. A file that is missing or empty, or a
// directory, is a usage error, and one that others can read or change is
// secret.ErrDenied.
func File(path string) PasswordSource { return named("--password-file", path) }

func named(option, path string) PasswordSource {
	return PasswordSource{Name: option, Lookup: onlyOnce(func(ctx context.Context) (secret.Value, error) {
		password, err := readFile(ctx, path, ownfile.OpenPrivate)
		if errors.Is(err, secret.ErrNotFound) {
			return secret.Value{}, secret.Usagef("there is no file %s", path)
		}
		return password, mistaken(path, err)
	})}
}

var errEmpty = errors.New("it is empty")

// mistaken makes a usage error of err if what the option names can never give a
// password: it is empty, a directory, or not open.
func mistaken(what string, err error) error {
	for _, mistake := range []error{errEmpty, syscall.EISDIR, syscall.EBADF} {
		if errors.Is(err, mistake) {
			return secret.Usagef("%s: %w", what, mistake)
		}
	}
	return err
}

// Descriptor is the source of --password-fd, which is read once. One that is not open, or
// gives nothing, is a usage error.
func Descriptor(fd int) PasswordSource {
	return PasswordSource{Name: "--password-fd", Lookup: onlyOnce(func(ctx context.Context) (secret.Value, error) {
		what := fmt.Sprintf("descriptor %d", fd)
		if fd == 0 {
			password, err := read(ctx, io.NopCloser(os.Stdin)) // closed, its number would go to another file
			return password, mistaken(what, err)
		}
		file := os.NewFile(uintptr(fd), "password")
		if file == nil {
			return secret.Value{}, secret.Usagef("%d is no file descriptor", fd)
		}
		password, err := read(ctx, file)
		return password, mistaken(what, err)
	})}
}

// onlyOnce remembers the first answer, but not that its caller gave up.
func onlyOnce(answer func(context.Context) (secret.Value, error)) func(context.Context) (secret.Value, error) {
	var mu sync.Mutex
	var known bool
	var value secret.Value
	var err error
	return func(ctx context.Context) (secret.Value, error) {
		mu.Lock()
		defer mu.Unlock()
		if !known {
			value, err = answer(ctx)
			known = ctx.Err() == nil
		}
		return value, err
	}
}

// Variable is the source of an environment variable whose value the caller has
// taken out of the environment. An empty one is an unset one.
func Variable(name string, value secret.Value) PasswordSource {
	return PasswordSource{Name: name, Lookup: func(context.Context) (secret.Value, error) {
		if value.Len() == 0 {
			return secret.Value{}, fmt.Errorf("%w: not set", secret.ErrNotFound)
		}
		return value, nil
	}}
}

// Credential is the source of a systemd credential in the directory folder.
func Credential(folder string) PasswordSource {
	return PasswordSource{Name: "systemd credential", Lookup: func(ctx context.Context) (secret.Value, error) {
		if folder == "" {
			return secret.Value{}, fmt.Errorf("%w: CREDENTIALS_DIRECTORY is not set", secret.ErrUnsupported)
		}
		return readFile(ctx, filepath.Join(folder, credential), os.Open)
	}}
}

// readFile is bounded, since opening a named pipe waits for its writer.
func readFile(ctx context.Context, path string, open func(string) (*os.File, error)) (secret.Value, error) {
	file, err := bounded(ctx, func() (*os.File, error) { return open(path) })
	switch {
	case errors.Is(err, secret.ErrDenied):
		return secret.Value{}, err
	case errors.Is(err, fs.ErrNotExist):
		return secret.Value{}, fmt.Errorf("%w: there is no file %s", secret.ErrNotFound, path)
	case errors.Is(err, fs.ErrPermission):
		return secret.Value{}, fmt.Errorf("%w: %w", secret.ErrDenied, err)
	case err != nil:
		return secret.Value{}, classified(err)
	}
	return read(ctx, file)
}

// read takes the whole of file, less one line end, and closes it.
func read(ctx context.Context, file io.ReadCloser) (secret.Value, error) {
	text, err := bounded(ctx, func() ([]byte, error) {
		defer file.Close()
		return io.ReadAll(io.LimitReader(file, maxPassword+1))
	})
	if err != nil {
		return secret.Value{}, classified(err)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	switch {
	case len(text) == 0:
		return secret.Value{}, fmt.Errorf("%w: %w", secret.ErrUnavailable, errEmpty)
	case len(text) > maxPassword:
		return secret.Value{}, fmt.Errorf("%w: longer than %d bytes", secret.ErrTooLarge, maxPassword)
	}
	return secret.NewValue(text), nil
}

func classified(err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return err
}

// bounded runs work for readWait at most. Work that hangs is left behind: the
// process ends soon.
func bounded[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := work()
		done <- answer{value, err}
	}()
	timer := time.NewTimer(readWait)
	defer timer.Stop()
	var none T
	select {
	case a := <-done:
		return a.value, a.err
	case <-timer.C:
		return none, fmt.Errorf("%w: nothing came within %v", secret.ErrUnavailable, readWait)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
