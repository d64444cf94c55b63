package status

import (
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
)

// Secrets is the state of changed secrets, for a workload that does not ignore them. It
// is not changed in place.
type Secrets struct {
	rotation.State
	// Kept are the variables that have old values until the workload is restarted,
	// since the variables of a running process cannot be changed.
	Kept []string `json:"kept,omitempty"`
}

// With returns s with state; s may be nil.
func (s *Secrets) With(state rotation.State) *Secrets {
	if s == nil {
		return &Secrets{State: state}
	}
	return &Secrets{State: state, Kept: s.Kept}
}

// Keeping returns s with more variables that keep old values.
func (s *Secrets) Keeping(variables []string) *Secrets {
	var next Secrets
	if s != nil {
		next = *s
	}
	next.Kept = slices.Concat(next.Kept, variables)
	slices.Sort(next.Kept)
	next.Kept = slices.Compact(next.Kept)
	return &next
}

// Started returns s after a start, in which every variable got its value.
func (s *Secrets) Started() *Secrets {
	if s == nil || len(s.Kept) == 0 {
		return s
	}
	return &Secrets{State: s.State}
}
