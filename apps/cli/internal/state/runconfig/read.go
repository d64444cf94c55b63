package runconfig

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Standard names the standard input in place of a file.
const Standard = "-"

// Given is a RunConfig that the command line names.
type Given struct {
	Spec workload.Spec
	// Name is the one under which it was saved here, empty for a RunConfig from
	// elsewhere, also for one that was only put there and says another name. Only
	// one with a Name may refer to the system's secrets.
	Name string
}

// Read reads the RunConfig in the file from, or in stdin if from is Standard. It reads
// a file that is saved here as Load does. Another file is trusted by the caller, who
// named it, but it is a usage error if other users could change it. Read accepts a
// pipe, as the shell's <(…) makes it. An error names --from-config and the file.
func (s *Store) Read(from string, stdin io.Reader) (Given, error) {
	if from == Standard {
		spec, err := workload.ReadSpec(stdin)
		if err != nil {
			return Given{}, fmt.Errorf("--from-config: standard input: %w", err)
		}
		return fromElsewhere(spec, Standard), nil
	}
	if name, saved := s.Saved(from); saved {
		spec, err := s.Load(name)
		if err != nil {
			return Given{}, fmt.Errorf("--from-config: %w", err)
		}
		if spec.Name != "" && spec.Name != name {
			return fromElsewhere(spec, from), nil // it was not saved as what it says it is
		}
		return Given{Spec: spec, Name: name}, nil
	}
	file, err := ownfile.Open(from)
	if err != nil {
		return Given{}, secret.Usagef("--from-config: %w", err)
	}
	defer file.Close()
	spec, err := workload.ReadSpec(file)
	if err != nil {
		return Given{}, fmt.Errorf("--from-config %s: %w", from, err)
	}
	return fromElsewhere(spec, from), nil
}

// fromElsewhere records the file that spec comes from, whatever spec itself says.
func fromElsewhere(spec workload.Spec, from string) Given {
	spec.SavedFrom, spec.Ignored = from, nil
	if path, err := filepath.Abs(from); from != Standard && err == nil {
		spec.SavedFrom = path
	}
	return Given{Spec: settled(spec)}
}
