package filestore

import (
	"io/fs"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
)

// File is one of the paths of a store.
type File struct {
	// Part is the role of the path: folder, file or lock.
	Part string
	Path string
	// Exists is true if the path exists. A missing one is created when it is needed.
	Exists bool
	// Modified is the time of the last change; zero if it is unknown.
	Modified time.Time
	// Err is the error with which reading or writing the store would refuse the path:
	// [secret.ErrDenied] or [secret.ErrUnavailable], with the command that fixes it if
	// there is one. It is nil for a missing path.
	Err error
}

// Files checks the store's directory, file and lock, in this order, by the rules of reading
// and writing. It needs no password, takes no lock and changes nothing.
func (s *Store) Files() []File {
	path := s.config.Path
	folder := filepath.Dir(path)
	return []File{
		looked("folder", folder, folder, disk.LookFolder),
		looked("file", path, path, disk.Look),
		looked("lock", disk.LockPath(path), path, disk.LookLock),
	}
}

func looked(part, path, at string, look func(string) (fs.FileInfo, error)) File {
	info, err := look(at)
	f := File{Part: part, Path: path, Exists: info != nil || err != nil, Err: err}
	if info != nil {
		f.Modified = info.ModTime()
	}
	return f
}
