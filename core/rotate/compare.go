package rotate

import "slices"

// Difference is the result of [Compare]. Its names are sorted.
type Difference struct {
	// Changed are the names whose fingerprints differ.
	Changed []string
	// Added are the names that only the newer set has.
	Added []string
}

// Compare compares the fingerprints of a workload's secrets at its start with those of
// now. The caller chooses the names of the secrets. A name that is only in before is not
// a difference, since no target needs its value any more. Both sets must have been made
// with the same key. Compare changes neither.
func Compare(before, now map[string]string) Difference {
	var d Difference
	for name, fingerprint := range now {
		last, had := before[name]
		switch {
		case !had:
			d.Added = append(d.Added, name)
		case last != fingerprint:
			d.Changed = append(d.Changed, name)
		}
	}
	slices.Sort(d.Changed)
	slices.Sort(d.Added)
	return d
}
