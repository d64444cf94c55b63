package rotate

import "slices"

// Difference is what tells two sets of fingerprints apart. Its names are sorted.
type Difference struct {
	// Changed are the names whose fingerprints differ.
	Changed []string
	// Added are the names that only the newer set has.
	Added []string
}

// Compare compares the fingerprints of a workload's secrets, by name: those that it was
// started with, and those of now. A name is whatever the caller tells its secrets apart
// by. A name that is no longer there is no difference, since nothing has to get its
// value. Both sets must have been made with the same key; neither is changed.
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
