package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/status"
)

// changes are the rows about changed secrets.
func changes(s *status.Secrets) (all [][2]string) {
	if s == nil {
		return nil
	}
	for _, target := range slices.Sorted(maps.Keys(s.Changed)) {
		when := s.Changed[target]
		all = append(all, [2]string{"changed", target + ", " + at(&when)})
	}
	if len(s.Kept) > 0 {
		all = append(all, [2]string{"old values", strings.Join(s.Kept, ", ") + ", until it is started anew"})
	}
	if f := s.Failure; f != nil {
		text := fmt.Sprintf("cannot be looked up (%s) since %s, and stay as they were; tried again by %s", f.Class, at(&f.At), at(&f.Next))
		if len(f.References) > 0 {
			text = strings.Join(f.References, ", ") + " " + text
		}
		all = append(all, [2]string{"secrets", text})
	}
	if s.Unwatched != "" {
		all = append(all, [2]string{"secrets", "are only asked for at an interval: " + s.Unwatched})
	}
	return all
}
