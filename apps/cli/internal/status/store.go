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
	"strings"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	ending = ".json"
	// maxSize bounds a status file, in bytes.
	maxSize = 64 << 10
	// ownerName is the file with this installation's mark.
	ownerName = "owner"
)

// Store is the folder of status files and locks. It may be used by many goroutines
// and processes.
type Store struct{ folder string }

// New returns the Store in folder. Nothing is made before something is written.
func New(folder string) *Store { return &Store{folder: folder} }

// Path is that of the status file of name.
func (s *Store) Path(name string) string { return filepath.Join(s.folder, name+ending) }

// Read answers the status of name. An absent one is secret.ErrNotFound, one that
// is cut off or of a later schema secret.ErrCorrupt.
func (s *Store) Read(name string) (Status, error) {
	if err := runconfig.CheckName(name); err != nil {
		return Status{}, err
	}
	file, err := os.Open(s.Path(name))
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
	if err := json.Unmarshal(text, &read); err != nil || read.Name != name {
		return Status{}, fmt.Errorf("%w: the status file %s is damaged; thv start %s or thv rm %s mends it", secret.ErrCorrupt, s.Path(name), name, name)
	}
	if read.Schema > Schema {
		return Status{}, fmt.Errorf("%w: the status file %s is of a later thv", secret.ErrCorrupt, s.Path(name))
	}
	return read, nil
}

// Write puts st in the place of what its name's file says, whole or not at all.
// On a full disk it overwrites the file in place, so that the truth is told there
// too. Only the holder of the lock may write.
func (s *Store) Write(st Status) error {
	st.Schema = Schema
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	text = append(text, '\n')
	err = s.replace(st, text)
	if errors.Is(err, syscall.ENOSPC) {
		return overwrite(s.Path(st.Name), text)
	}
	return err
}

// replace makes sure that a state survives a loss of power which says what is to
// be started after it; a state that passes by itself need not.
func (s *Store) replace(st Status, text []byte) error {
	if st.State != Starting {
		return runconfig.Replace(s.Path(st.Name), text)
	}
	temporary, err := os.CreateTemp(s.folder, ".thv-*")
	if err != nil {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), s.Path(st.Name))
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return nil
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
	err := os.Remove(s.Path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return nil
}

// Names are those with a status file, sorted.
func (s *Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	var names []string
	for _, entry := range entries {
		name, found := strings.CutSuffix(entry.Name(), ending)
		if found && entry.Type().IsRegular() && runconfig.CheckName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Owner answers a mark that no other folder of status files has, on any machine,
// and makes it where there is none.
func (s *Store) Owner() (string, error) {
	path := filepath.Join(s.folder, ownerName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeOwner(path); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	owner := strings.TrimSpace(string(text))
	if err == nil && len(owner) != 2*ownerSize {
		err = fmt.Errorf("%s is damaged; remove it where no workload runs", path)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return owner, nil
}

const ownerSize = 16

// makeOwner leaves one that another process has made meanwhile.
func (s *Store) makeOwner(path string) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	mark := make([]byte, ownerSize)
	_, _ = rand.Read(mark) // which never fails
	temporary, err := os.CreateTemp(s.folder, ".thv-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(hex.EncodeToString(mark) + "\n")
	if err == nil {
		err = temporary.Sync()
	}
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
