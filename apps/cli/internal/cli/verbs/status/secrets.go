package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
)

// secretRows returns the rows about changed secrets.
func secretRows(st status.Status) [][2]string {
	s := st.Secrets
	if s == nil {
		return nil
	}
	var all [][2]string
	for _, target := range slices.Sorted(maps.Keys(s.Changed)) {
		when := s.Changed[target]
		all = append(all, [2]string{"new value", target + ", " + at(&when)})
	}
	if s.Rotations > 0 {
		all = append(all, [2]string{"rotations", fmt.Sprint(s.Rotations)})
	}
	if len(s.Kept) > 0 {
		all = append(all, [2]string{"old value", fmt.Sprintf("%s, until: thv restart %s", strings.Join(s.Kept, ", "), st.Name)})
	}
	if f := s.Failure; f != nil {
		text := fmt.Sprintf("%s, %s", at(&f.At), f.Class)
		switch {
		case f.Message != "":
			text += ": " + f.Message
		case len(f.References) > 0:
			text += ": " + strings.Join(f.References, ", ")
		}
		all = append(all, [2]string{"secrets", text + "; it runs with those it has, and is tried again by " + at(&f.Next)})
	}
	if s.Unwatched != "" {
		all = append(all, [2]string{"changes", "are looked for at the interval only: " + s.Unwatched})
	}
	return all
}
