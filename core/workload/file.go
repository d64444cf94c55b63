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

// MaxFile bounds the content of a delivered file, in bytes.
const MaxFile = 1 << 20

// File is a secret that a workload finds as a file on memory-backed storage. It
// prints no value, and has no marshaller, as Environment.
type File struct {
	// Path is absolute, slash-separated and clean.
	Path string
	// Mode has permission bits only.
	Mode fs.FileMode
	// Content is the file's.
	Content secret.Value
}

// String returns the path and the mode only.
func (f File) String() string { return fmt.Sprintf("file %s of mode %04o", f.Path, f.Mode) }

// GoString returns the path and the mode only.
func (f File) GoString() string { return f.String() }

// MarshalJSON refuses: what has been resolved is never written anywhere.
func (File) MarshalJSON() ([]byte, error) { return nil, errNotMarshalled }

// MarshalText refuses.
func (File) MarshalText() ([]byte, error) { return nil, errNotMarshalled }

// SetFile sets the file at name to a secret value, over one that is there. One of
// more than MaxFile bytes is secret.ErrTooLarge. A name that is not absolute and
// clean, a mode with other than permission bits or without a read bit, and a
// name that CheckFiles refuses beside the other files, are ErrInvalidSpec.
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

// Files returns the files, sorted by path, in a slice of the caller's own.
func (e Environment) Files() []File {
	list := make([]File, 0, len(e.files))
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		list = append(list, e.files[name])
	}
	return list
}

// CheckFiles answers what is wrong with the paths of the files of one workload,
// as ErrInvalidSpec: one that is not absolute and clean; one that stands there
// twice, or inside another; one whose folder is the system's. The memory-backed
// storage of a file covers what its folder holds in the image, so it needs a
// folder to which nothing else belongs, such as /run/secrets.
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

// shared are folders that programs of all kinds keep their files in: only what is
// below them can be a folder for secrets alone.
var shared = []string{
	"/", "/boot", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var",
	"/run/lock", "/var/cache", "/var/lib", "/var/lock", "/var/log", "/var/run", "/var/spool", "/var/tmp",
}

// whole are folders of the system with all that is below them. The last is where
// a container has what delivers the values.
var whole = []string{
	"/bin", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr",
	"/etc/ssl", "/etc/pki", "/etc/ca-certificates", DeliveryFolder,
}

// DeliveryFolder is that folder.
const DeliveryFolder = "/.thv"

func ofSystem(folder string) bool {
	return slices.Contains(shared, folder) || slices.ContainsFunc(whole, func(system string) bool {
		return folder == system || strings.HasPrefix(folder, system+"/")
	})
}
