package access

import (
	"maps"
	"slices"

	"github.com/thv-secrets/thv/core/workload"
)

// variables returns the variables that the Spec or its transport sets, and those from env
// files that steer (see [Steers]), each with its value; and in others the remaining ones
// from env files by name only, since their values may change. A variable whose value is a
// reference is a secret, and not included.
func (r Request) variables() (steering, others []Item) {
	secrets := map[string]bool{}
	for _, s := range r.Secrets {
		secrets[s.Target] = true
	}
	transport := workload.TransportVariables(r.Spec.Transport, r.Spec.TargetPort)
	for _, name := range slices.Sorted(maps.Keys(r.Variables)) {
		value := r.Variables[name]
		said, isSaid := r.Spec.EnvVars[name]
		item := valued(Variable, name, digest(value))
		switch {
		case secrets[name], r.Spec.Transport != "" && transport[name] == value:
		case isSaid && said == value:
			steering = append(steering, item)
		case Steers(name, value):
			item.later = !steered(name, value)
			steering = append(steering, item)
		default:
			item = plain(Variable, name)
			item.later = true
			others = append(others, item)
		}
	}
	return steering, others
}

func labels(spec workload.Spec) []Item {
	var items []Item
	for _, key := range slices.Sorted(maps.Keys(spec.Labels)) {
		items = append(items, valued(Label, key, digest(spec.Labels[key])))
	}
	return items
}
