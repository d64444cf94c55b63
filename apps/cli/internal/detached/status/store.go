package status

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	suffix = ".json"
	// maxSize bounds a status file, in bytes.
	maxSize = 64 << 10
	// ownerName is the file with the ID of this installation.
	ownerName = "owner"
)

// Store keeps the status files, locks and logs of detached workloads. It may be used
// by many goroutines and processes.
type Store struct {
	own    Directories
	former former
	moving sync.Once
}

// New returns the Store whose status files, locks and ID are in the directory
// statuses, and its logs beside it in logs. Nothing is made before something is
// written.
func New(statuses string) *Store {
	return &Store{own: Directories{Statuses: statuses, Logs: filepath.Join(filepath.Dir(statuses), "logs")}}
}

// NewMoved is New, and takes over what an earlier version has left in other
// directories.
func NewMoved(statuses string, from Directories) *Store {
	s := New(statuses)
	s.former = former{Directories: from}
	return s
}

// Path returns the path of the status file of name.
func (s *Store) Path(name string) string { return filepath.Join(s.at(name).Statuses, name+suffix) }

// LogPath returns the path of the log of name.
func (s *Store) LogPath(name string) string {
	return filepath.Join(s.at(name).Logs, name+logfile.Suffix)
}

// ErrLater is a status file that a later thv has written. It is never written here, and
// what it says is not acted upon.
var ErrLater = fmt.Errorf("%w: a later thv wrote the status", secret.ErrUnsupported)

// Read returns the status of name. The error is secret.ErrNotFound if it has none,
// secret.ErrCorrupt if the file is cut off, and ErrLater if it has a later schema.
func (s *Store) Read(name string) (Status, error) {
	if err := runconfig.CheckName(name); err != nil {
		return Status{}, err
	}
	path := s.Path(name)
	file, err := os.Open(path)
	if own := s.ownPath(name); errors.Is(err, fs.ErrNotExist) && path != own {
		path = own // another process has just moved it
		file, err = os.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return Status{}, fmt.Errorf("%w: no workload %s has been detached; thv list --all lists all", secret.ErrNotFound, name)
	}
	if err != nil {
		return Status{}, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSize))
	if err != nil {
		return Status{}, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	var read Status
	err = json.Unmarshal(text, &read)
	if later(text) {
		return Status{}, fmt.Errorf("%w in %s, and alone can act on it: use that version, or remove the file", ErrLater, path)
	}
	if err != nil || read.Name != name {
		return Status{}, fmt.Errorf("%w: the status file %s is damaged; thv start %s or thv rm %s fixes it", secret.ErrCorrupt, path, name, name)
	}
	return read, nil
}

// later reports whether text is a status of a later schema, whose other fields may be
// others.
func later(text []byte) bool {
	var version struct {
		Schema json.RawMessage `json:"schema"`
	}
	if json.Unmarshal(text, &version) != nil || version.Schema == nil {
		return false
	}
	schema, err := strconv.Atoi(string(version.Schema))
	return err != nil || schema > Schema
}

// Write replaces the status file of st.Name atomically. On a full disk it overwrites
// the file in place, so that the file is not outdated. Only the holder of the lock may
// write.
//
// The error says what to do.
func (s *Store) Write(st Status) error { return s.writable(s.write(st)) }

func (s *Store) write(st Status) error {
	st.Schema = Schema
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.own.Statuses, 0o700); err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	text = append(text, '\n')
	path := s.ownPath(st.Name)
	err = replace(path, st.State, text)
	if errors.Is(err, syscall.ENOSPC) {
		return overwrite(path, text)
	}
	return err
}

// writable adds to err what a user can do about a directory that cannot be written.
func (s *Store) writable(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w; make %s writable", err, s.own.Statuses)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w; make room in %s", err, s.own.Statuses)
	}
	return err
}

// ownPath returns the path for the holder of the lock: name then has no files in the
// former directories.
func (s *Store) ownPath(name string) string { return filepath.Join(s.own.Statuses, name+suffix) }

// replace makes a status durable if it decides what is started after a power loss.
// Starting is replaced soon and need not be durable.
func replace(path string, state State, text []byte) error {
	if state != Starting {
		return atomicfile.Replace(path, text)
	}
	return atomicfile.ReplaceSoon(path, text)
}

func overwrite(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	_, err = file.WriteAt(text, 0)
	if err == nil {
		err = file.Truncate(int64(len(text)))
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return nil
}

// Remove forgets the status of name. Its lock's file stays: removing that would
// let two hold it. An absent one is no error.
func (s *Store) Remove(name string) error {
	err := os.Remove(s.ownPath(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.writable(fmt.Errorf("%w: %w", secret.ErrUnavailable, err))
	}
	return nil
}

// Names are those with a status file, sorted.
func (s *Store) Names() ([]string, error) {
	s.migrate()
	names, err := namesIn(s.own.Statuses)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	names = append(names, s.formerNames()...)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Owner returns an ID that no other directory of status files has, on any machine. It
// creates a missing ID.
func (s *Store) Owner() (string, error) {
	s.migrate()
	path := filepath.Join(s.own.Statuses, ownerName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		id := make([]byte, ownerSize)
		_, _ = rand.Read(id) // which never fails
		if err = s.writable(s.makeOwner(path, hex.EncodeToString(id))); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	owner := strings.TrimSpace(string(text))
	if err == nil && len(owner) != 2*ownerSize {
		err = fmt.Errorf("%s is damaged; if no workload runs, remove it: rm %q", path, path)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return owner, nil
}

const ownerSize = 16

// readOwner returns the ID in the file at path, and whether it is one.
func readOwner(path string) (string, bool) {
	text, err := os.ReadFile(path)
	id := strings.TrimSpace(string(text))
	_, notHex := hex.DecodeString(id)
	return id, err == nil && notHex == nil && len(id) == 2*ownerSize
}

// makeOwner creates the file at path with id, unless it exists.
func (s *Store) makeOwner(path, id string) error {
	if exists(path) {
		return nil
	}
	if err := os.MkdirAll(s.own.Statuses, 0o700); err != nil {
		return err
	}
	return atomicfile.Create(path, []byte(id+"\n"))
}
