package inject

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// BoundSecret is a secret of a workload and the variable or the file that gets it;
// Target is empty if nothing does.
type BoundSecret struct {
	Ref secret.Ref
	// Target is a variable's name, or a file's path.
	Target string
	// Mode is the mode of a file, and zero if Target is a variable.
	Mode fs.FileMode
}

// into sets the target of s in environment to value.
func (s BoundSecret) into(environment *workload.Environment, value secret.Value) error {
	switch {
	case s.Target == "":
		return nil
	case s.Mode != 0:
		return environment.SetFile(s.Target, s.Mode, value)
	}
	return environment.SetSecret(s.Target, value)
}

func merge(bindings []secret.Binding, refs map[string]secret.Ref) []BoundSecret {
	var secrets []BoundSecret
	bound := map[string]bool{}
	for _, b := range bindings {
		secrets = append(secrets, BoundSecret{Ref: b.Ref, Target: b.Target.String(), Mode: b.Target.Mode})
		bound[b.Target.Env] = true
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if !bound[name] {
			secrets = append(secrets, BoundSecret{Ref: refs[name], Target: name})
		}
	}
	return secrets
}

// Bindings reads secret parameters.
func (o PrepareOptions) Bindings(params []string) ([]secret.Binding, error) {
	parse := secret.ParseBindings
	if o.System {
		parse = secret.ParseSystemBindings
	}
	bindings, err := parse(params)
	if err != nil {
		return nil, err
	}
	var paths []string
	for i, b := range bindings {
		if b.Target.Path != "" && !o.Container {
			return nil, secret.Usagef("secret parameter %d: %w: a local process gets no files; name a variable as target (target=NAME), or run a container (thv run)", i+1, secret.ErrUnsupported)
		}
		if b.Target.Path != "" {
			paths = append(paths, b.Target.Path)
			// Each path is first checked alone, so that its error has the number.
			if err := workload.CheckFiles(paths[len(paths)-1:]); err != nil {
				return nil, &secret.UsageError{Err: fmt.Errorf("secret parameter %d: %w", i+1, err)}
			}
		}
		if b.Target.Env != "" && !o.Container && !secret.ValidEnvName(b.Target.Env) {
			return nil, secret.Usagef("secret parameter %d: the target is not the name of a local process's variable ([A-Za-z_][A-Za-z0-9_]*)", i+1)
		}
		if secret.ReservedTarget(b.Target.Env) && !o.Reserved {
			return nil, secret.Usagef("secret parameter %d: the target %s decides how programs start; --allow-reserved-target insists", i+1, b.Target.Env)
		}
	}
	if err := workload.CheckFiles(paths); err != nil {
		return nil, &secret.UsageError{Err: fmt.Errorf("secret parameters: %w", err)}
	}
	return bindings, nil
}

func refsOf(secrets []BoundSecret) []secret.Ref {
	refs := make([]secret.Ref, len(secrets))
	for i, s := range secrets {
		refs[i] = s.Ref
	}
	return refs
}
