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

// Read reads the RunConfig in the file from, or in stdin where from is Standard.
// One that is saved here is read as Load does. One from elsewhere is the caller's
// to trust as far as this user wrote it: a file that others could change is a usage
// error. A pipe is read, as the shell's <(…) makes it. An error says --from-config and the file.
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

// fromElsewhere notes where spec comes from, whatever it says itself.
func fromElsewhere(spec workload.Spec, from string) Given {
	spec.SavedFrom, spec.Ignored = from, nil
	if path, err := filepath.Abs(from); from != Standard && err == nil {
		spec.SavedFrom = path
	}
	return Given{Spec: settled(spec)}
}
