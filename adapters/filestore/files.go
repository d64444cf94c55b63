package filestore

import (
	"io/fs"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
)

// File is one of the paths that a store needs.
type File struct {
	// Part is what the path is to the store: folder, file or lock.
	Part string
	Path string
	// Exists is whether it is there; what is not is made when it is needed.
	Exists bool
	// Modified is when it last changed, zero where that is not known.
	Modified time.Time
	// Err is why reading or writing the store would refuse it: secret.ErrDenied
	// or secret.ErrUnavailable, with the command that mends it where there is
	// one. It is nil for what is not there.
	Err error
}

// Files looks at the store's folder, file and lock, in this order, by the rules
// that reading and writing keep to. It needs no password, takes no lock and
// changes nothing.
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
