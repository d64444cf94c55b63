package workload

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// MaxFile is the maximum size of a delivered file, in bytes.
const MaxFile = 1 << 20

// File is a secret that a workload gets as a file on memory-backed storage. Like
// [Environment] it does not print its value and cannot be marshalled.
type File struct {
	// Path is absolute, slash-separated and clean.
	Path string
	// Mode has permission bits only.
	Mode fs.FileMode
	// Content is the content of the file.
	Content secret.Value
}

// String returns the path and the mode only.
func (f File) String() string { return fmt.Sprintf("file %s of mode %04o", f.Path, f.Mode) }

// GoString returns the path and the mode only.
func (f File) GoString() string { return f.String() }

// MarshalJSON returns an error: a resolved value is never written.
func (File) MarshalJSON() ([]byte, error) { return nil, errNotMarshalled }

// MarshalText returns an error, as MarshalJSON does.
func (File) MarshalText() ([]byte, error) { return nil, errNotMarshalled }

// SetFile sets the file name to a secret value, and replaces an existing one. It returns
// [secret.ErrTooLarge] for a value of more than [MaxFile] bytes, and [ErrInvalidSpec] for
// a name that is not absolute and clean, a mode without a read bit or with other than
// permission bits, and a name that [CheckFiles] refuses together with the other files.
func (e *Environment) SetFile(name string, mode fs.FileMode, value secret.Value) error {
	if mode&^fs.ModePerm != 0 || mode&0o444 == 0 {
		return fmt.Errorf("%w: the mode of the file %s is not permission bits that allow reading, such as 0400", ErrInvalidSpec, name)
	}
	if value.Len() > MaxFile {
		return fmt.Errorf("%w: the value for the file %s is longer than %d KiB", secret.ErrTooLarge, name, MaxFile>>10)
	}
	others := slices.DeleteFunc(slices.Collect(maps.Keys(e.files)), func(other string) bool { return other == name })
	if err := CheckFiles(append(others, name)); err != nil {
		return err
	}
	if e.files == nil {
		e.files = map[string]File{}
	}
	e.files[name] = File{Path: name, Mode: mode, Content: value}
	return nil
}

// Files returns the files in a new slice, sorted by path.
func (e Environment) Files() []File {
	list := make([]File, 0, len(e.files))
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		list = append(list, e.files[name])
	}
	return list
}

// CheckFiles checks the paths of the files of one workload. It returns [ErrInvalidSpec]
// for a path that is not absolute and clean, that occurs twice or inside another one, or
// whose directory belongs to the system. The memory-backed storage of a file hides the
// files of the image in the same directory, so secrets need a directory of their own,
// such as /run/secrets.
func CheckFiles(paths []string) error {
	sorted := slices.Sorted(slices.Values(paths))
	for i, name := range sorted {
		if !path.IsAbs(name) || path.Clean(name) != name || name == "/" || strings.ContainsFunc(name, unprintable) {
			return fmt.Errorf("%w: the path %q of a file is not absolute and clean", ErrInvalidSpec, name)
		}
		if folder := path.Dir(name); ofSystem(folder) {
			return fmt.Errorf("%w: a file at %s would hide what the image has in %s; choose a folder for secrets alone, such as /run/secrets/%s",
				ErrInvalidSpec, name, folder, path.Base(name))
		}
		for _, other := range sorted[:i] {
			if other == name {
				return fmt.Errorf("%w: two secrets for the file %s", ErrInvalidSpec, name)
			}
			if strings.HasPrefix(name, other+"/") {
				return fmt.Errorf("%w: the path %s is inside %s, which is a file too", ErrInvalidSpec, name, other)
			}
		}
	}
	return nil
}

func unprintable(c rune) bool { return c < ' ' || c == 0x7f }

// shared are directories with files of various programs. Only their subdirectories can be
// used for secrets.
var shared = []string{
	"/", "/boot", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var",
	"/run/lock", "/var/cache", "/var/lib", "/var/lock", "/var/log", "/var/run", "/var/spool", "/var/tmp",
}

// whole are directories of the system, including all subdirectories. The last one has the
// init executable that delivers the values.
var whole = []string{
	"/bin", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr",
	"/etc/ssl", "/etc/pki", "/etc/ca-certificates", DeliveryFolder,
}

// DeliveryFolder is the directory of the init executable in a container.
const DeliveryFolder = "/.thv"

func ofSystem(folder string) bool {
	return slices.Contains(shared, folder) || slices.ContainsFunc(whole, func(system string) bool {
		return folder == system || strings.HasPrefix(folder, system+"/")
	})
}
