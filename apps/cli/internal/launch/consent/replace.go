package consent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// toReplace asks before the RunConfig that is saved under a given name is replaced by a
// different one. A RunConfig from elsewhere replaces its own copy without a question.
func (c Consent) toReplace(ctx context.Context, p describe.Plan) error {
	if p.Spec.Name == "" || p.Apart {
		return nil // it takes a name that is free, or none
	}
	there, err := c.Grants.Load(p.Spec.Name)
	switch {
	case errors.Is(err, secret.ErrNotFound), runconfig.Unreachable(err), runconfig.Unreadable(err):
		return nil // nothing is replaced, or what is goes aside
	case err != nil:
		return err
	case runconfig.Repository(there.Image) != runconfig.Repository(p.Spec.Image):
		return c.confirm(ctx, p.Spec.Name+" is saved with image "+shown(there.Image)+". Replace it by one with image "+shown(p.Spec.Image)+"?")
	case p.Saved != "", p.From != "" && there.SavedFrom == p.Spec.SavedFrom:
		return nil
	}
	fields := differing(there, p.Spec)
	switch {
	case len(fields) == 0:
		return nil
	case p.From == "":
		return c.confirm(ctx, p.Spec.Name+" is saved with other content: "+strings.Join(fields, ", ")+". Replace it once this run has started?")
	}
	return c.confirm(ctx, p.Spec.Name+" is saved with other content, and not from "+shown(p.From)+". Replace it?")
}

// differing returns the fields that saving spec would change, except for the file that it
// comes from, and values that are found or prompted for only when a registry's server runs.
func differing(there, spec workload.Spec) []string {
	spec = spec.WithUnknownOf(there)
	spec.SavedFrom, there.SavedFrom = "", ""
	if len(spec.Requirements) > 0 {
		there.Secrets = slices.DeleteFunc(slices.Clone(there.Secrets), func(param string) bool { return strings.HasPrefix(param, secret.SystemPrefix) })
		there.EnvVars = maps.Clone(there.EnvVars)
		for _, r := range spec.Requirements {
			if _, said := spec.EnvVars[r.Name]; !said {
				delete(there.EnvVars, r.Name)
			}
		}
	}
	before, after := fieldsOf(there), fieldsOf(spec)
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, is := before[name]; !is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return bytes.Equal(before[name], after[name]) })
}

func fieldsOf(spec workload.Spec) map[string]json.RawMessage {
	var text bytes.Buffer
	fields := map[string]json.RawMessage{}
	if workload.WriteSpec(&text, spec) == nil {
		_ = json.Unmarshal(text.Bytes(), &fields)
	}
	return fields
}
