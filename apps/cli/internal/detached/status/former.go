package status

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
)

// Directories hold the run state of detached workloads: status files, locks and the
// ID of the owner in Statuses, logs in Logs.
type Directories struct{ Statuses, Logs string }

// dialWait bounds how long a supervisor may take to accept a connection.
const dialWait = time.Second

// former is where earlier versions kept run state. Another program, ToolHive, writes
// files of the same names there and removes lock files, so thv writes nothing there any
// more. Files of a supervisor that still runs stay there until it has exited; the
// others are moved. Files whose content is not thv's are only read.
type former struct {
	Directories
	// left are the names that were still there when this process looked.
	left map[string]bool
}

// migrate moves the files of an earlier version, once for each Store. A file that cannot
// be moved is used in its old directory.
func (s *Store) migrate() {
	s.moving.Do(func() {
		if s.former.Statuses == "" {
			return
		}
		// Every version that kept its run state there created the owner's ID first,
		// and it goes last.
		id, ok := readOwner(filepath.Join(s.former.Statuses, ownerName))
		if !ok {
			return
		}
		if err := s.makeOwner(filepath.Join(s.own.Statuses, ownerName), id); err != nil {
			return
		}
		s.moveAll()
	})
}

func (s *Store) moveAll() {
	names, err := namesIn(s.former.Statuses)
	if err != nil {
		return
	}
	for _, name := range names {
		if !mine(filepath.Join(s.former.Statuses, name+suffix), name) {
			continue
		}
		if !s.move(name) {
			if s.former.left == nil {
				s.former.left = map[string]bool{}
			}
			s.former.left[name] = true
		}
	}
	if len(s.former.left) > 0 {
		return
	}
	locks, _ := filepath.Glob(filepath.Join(s.former.Statuses, ".*.turn"))
	for _, path := range locks {
		_ = os.Remove(path)
	}
	_ = os.Remove(filepath.Join(s.former.Statuses, ownerName))
}

// at returns the directories that the state of name is in: the former ones as long as
// a supervisor runs that knows no others.
func (s *Store) at(name string) Directories {
	s.migrate()
	if !s.former.left[name] || !mine(filepath.Join(s.former.Statuses, name+suffix), name) || s.move(name) {
		return s.own
	}
	return s.former.Directories
}

// move moves the status and the logs of name, and reports whether nothing is left of
// them in the former directories. A name that has newer state keeps that.
func (s *Store) move(name string) bool {
	if s.former.alive(name) {
		return false
	}
	lock, err := s.lock(name, 0)
	if err != nil {
		return false
	}
	defer lock.Release()
	from, to := filepath.Join(s.former.Statuses, name+suffix), filepath.Join(s.own.Statuses, name+suffix)
	if !exists(to) {
		s.moveLogs(name)
		if err := os.Rename(from, to); err != nil {
			return errors.Is(err, fs.ErrNotExist)
		}
		if !mine(to, name) { // another program has just written it
			_ = os.Rename(to, from)
		}
		return true
	}
	return os.Remove(from) == nil
}

func (s *Store) moveLogs(name string) {
	if err := os.MkdirAll(s.own.Logs, 0o700); err != nil {
		return
	}
	for _, end := range []string{logfile.Suffix, logfile.OlderSuffix} {
		from, to := filepath.Join(s.former.Logs, name+end), filepath.Join(s.own.Logs, name+end)
		if logfile.Is(from) && !exists(to) {
			_ = os.Rename(from, to)
		}
	}
}

// alive reports whether a supervisor of name runs that keeps its state in the former
// directories. Its lock may have been removed by the other program; then its socket
// tells.
func (f *former) alive(name string) bool {
	if locked(filepath.Join(f.Statuses, name+lockSuffix)) {
		return true
	}
	st, err := parse(filepath.Join(f.Statuses, name+suffix))
	if err != nil || st.Socket == "" {
		return false
	}
	conn, err := net.DialTimeout("unix", st.Socket, dialWait)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// mine reports whether the file at path is a status that thv has written for name.
func mine(path, name string) bool {
	st, err := parse(path)
	return err == nil && st.Name == name && st.Schema > 0 && st.Schema <= Schema && st.State != ""
}

func parse(path string) (st Status, err error) {
	file, err := os.Open(path)
	if err != nil {
		return st, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSize))
	if err == nil {
		err = json.Unmarshal(text, &st)
	}
	return st, err
}

// Other is a workload that another program runs under the same name.
type Other struct {
	Program string `json:"program"`
	// Status is the other program's own word for it.
	Status string `json:"status"`
}

// Other returns what ToolHive says of a workload of its own that is called name, and
// nil if it has none. The file is read, and never changed.
func (s *Store) Other(name string) *Other {
	if s.former.Statuses == "" || runconfig.CheckName(name) != nil {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(s.former.Statuses, name+suffix))
	if err != nil || len(text) > maxSize {
		return nil
	}
	var theirs struct {
		Schema int    `json:"schema"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal(text, &theirs); err != nil || theirs.Schema != 0 || theirs.Status == "" {
		return nil
	}
	return &Other{Program: "ToolHive", Status: theirs.Status}
}

// formerNames are those that are still in the former directories, sorted.
func (s *Store) formerNames() []string {
	var names []string
	for name := range s.former.left {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func namesIn(directory string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		name, found := strings.CutSuffix(entry.Name(), suffix)
		if found && entry.Type().IsRegular() && runconfig.CheckName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
