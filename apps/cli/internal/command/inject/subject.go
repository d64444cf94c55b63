package inject

import (
	"maps"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Subject is a secret of a workload and the variable that gets it; Target is
// empty where nothing does.
type Subject struct {
	Ref    secret.Ref
	Target string
}

func merge(bindings []secret.Binding, refs map[string]secret.Ref) []Subject {
	var subjects []Subject
	bound := map[string]bool{}
	for _, b := range bindings {
		subjects = append(subjects, Subject{Ref: b.Ref, Target: b.Target.Env})
		bound[b.Target.Env] = true
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if !bound[name] {
			subjects = append(subjects, Subject{Ref: refs[name], Target: name})
		}
	}
	return subjects
}

// bindings reads secret parameters.
func (t Terms) bindings(params []string) ([]secret.Binding, error) {
	parse := secret.ParseBindings
	if t.System {
		parse = secret.ParseSystemBindings
	}
	bindings, err := parse(params)
	if err != nil {
		return nil, err
	}
	for i, b := range bindings {
		if b.Target.Path != "" {
			return nil, terminal.Usagef("secret parameter %d: %w: files are not delivered by this version; name a variable as target", i+1, secret.ErrUnsupported)
		}
		if secret.ReservedTarget(b.Target.Env) && !t.Reserved {
			return nil, terminal.Usagef("secret parameter %d: the target %s decides how programs start; --allow-reserved-target insists", i+1, b.Target.Env)
		}
	}
	return bindings, nil
}

func refsOf(subjects []Subject) []secret.Ref {
	refs := make([]secret.Ref, len(subjects))
	for i, s := range subjects {
		refs[i] = s.Ref
	}
	return refs
}
