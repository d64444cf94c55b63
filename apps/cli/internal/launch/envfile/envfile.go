// Package envfile reads the env files of a workload.
package envfile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/workload"
)

// Reader reads env files. It opens only regular files unless Once is set: opening a named pipe
// would block, and data that is read from one is lost to other readers.
type Reader struct {
	// Once allows an env file that can be read only once (see [ownfile.Once]).
	Once bool
	// Shell takes only names that a shell's variable may have.
	Shell bool
	// Environ has the variables to which files with the expansion shell refer.
	Environ *procenv.Environ
}

// Variables are the variables of env files, before they are merged.
type Variables struct {
	Files []map[string]string
	Dir   map[string]string
	// Once are the paths of the files that were read and cannot be read again.
	Once []string
	// Leads has the targets of the opened paths of Spec, with links resolved.
	Leads map[string]string
	// Linked are the files to which links in the directory lead.
	Linked []string
	// Expanded are the names of the environment's variables that the files refer to,
	// sorted.
	Expanded []string
}

// Read returns the variables of all env files of spec, in the order of spec. The error joins
// the errors of the files; the variables of the other files are returned with it.
func (r Reader) Read(spec workload.Spec) (Variables, error) {
	all := Variables{Leads: map[string]string{}}
	expanded := map[string]bool{}
	parser := workload.EnvParser{
		Expansion: spec.EnvFileExpansion, Shell: r.Shell,
		Lookup: func(name string) (string, bool) {
			value, set := r.Environ.LookupForWorkload(name)
			expanded[name] = expanded[name] || set
			return value, set
		},
	}
	var errs []error
	for _, path := range spec.EnvFiles {
		once := ownfile.Once(path)
		vars, err := r.file(parser, path, once, all.Leads)
		if once && err == nil {
			all.Once = append(all.Once, path)
		}
		all.Files = append(all.Files, vars)
		errs = append(errs, err)
	}
	if spec.EnvFileDir != "" {
		vars, err := all.directory(parser, spec.EnvFileDir)
		if err != nil {
			errs = append(errs, fmt.Errorf("--env-file-dir %s: %w", spec.EnvFileDir, err))
		}
		all.Dir = vars
	}
	maps.DeleteFunc(expanded, func(_ string, set bool) bool { return !set })
	all.Expanded = slices.Sorted(maps.Keys(expanded))
	return all, errors.Join(errs...)
}

// file reads the file at path. It opens the target of its links, and adds that to leads.
func (r Reader) file(parser workload.EnvParser, path string, once bool, leads map[string]string) (map[string]string, error) {
	file, err := r.open(path, once, leads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--env-file: there is no file %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("--env-file: %w", err)
	}
	defer func() { _ = file.Close() }()
	return parser.File(path, file)
}

func (r Reader) open(path string, once bool, leads map[string]string) (*os.File, error) {
	if r.Once && once {
		return os.Open(path)
	}
	lead, err := ownfile.Lead(path)
	if err != nil {
		return nil, err
	}
	leads[path] = lead
	return ownfile.Regular(lead)
}

func (v *Variables) directory(parser workload.EnvParser, path string) (map[string]string, error) {
	lead, err := ownfile.Lead(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(lead)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New("it is not a directory")
	}
	v.Leads[path] = lead
	return parser.Dir(files{path: lead, all: v})
}

// files is a directory, in which only regular files are opened.
type files struct {
	path string
	all  *Variables
}

// Open opens a file or the target of a link, and "." as the directory itself.
func (f files) Open(name string) (fs.File, error) {
	path := filepath.Join(f.path, name)
	if name == "." {
		return os.Open(path)
	}
	lead, err := ownfile.Lead(path)
	if err != nil {
		return nil, err
	}
	if lead != path {
		f.all.Linked = append(f.all.Linked, lead)
	}
	return ownfile.Regular(lead)
}

// Stat opens nothing.
func (f files) Stat(name string) (fs.FileInfo, error) { return os.Stat(filepath.Join(f.path, name)) }
