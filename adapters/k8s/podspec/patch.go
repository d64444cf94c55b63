package podspec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	core "k8s.io/client-go/applyconfigurations/core/v1"
	kjson "sigs.k8s.io/json"

	"github.com/thv-secrets/thv/core/workload"
)

// patched merges the patch into the template, and checks that the required fields are
// unchanged.
func (p Pod) patched(template *core.PodTemplateSpecApplyConfiguration) (*core.PodTemplateSpecApplyConfiguration, error) {
	var patch map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(p.Patch, &patch); err != nil {
		return nil, invalid("it is no JSON object")
	}
	if err := strict(patch); err != nil {
		return nil, err
	}
	base, err := fields(template)
	if err != nil {
		return nil, err
	}
	merged, err := strategicpatch.StrategicMergeMapPatch(clone(base), patch, corev1.PodTemplateSpec{})
	if err != nil {
		return nil, invalid("it cannot be merged: %v", err)
	}
	if err := p.keeps(base, merged); err != nil {
		return nil, err
	}
	return decode(merged)
}

// strict refuses a patch with a field that templates do not have, such as a misspelled one.
func strict(patch map[string]any) error {
	plain, err := json.Marshal(withoutDirectives(patch))
	if err != nil {
		return invalid("%v", err)
	}
	unknown, err := kjson.UnmarshalStrict(plain, &corev1.PodTemplateSpec{})
	if err != nil {
		return invalid("it is no pod template: %v", err)
	}
	if len(unknown) > 0 {
		return invalid("it is no pod template: %v", errors.Join(unknown...))
	}
	return nil
}

// withoutDirectives returns a copy of value without the directives of strategic merges.
func withoutDirectives(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, inner := range value {
			if !strings.HasPrefix(key, "$") {
				kept[key] = withoutDirectives(inner)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i, inner := range value {
			kept[i] = withoutDirectives(inner)
		}
		return kept
	}
	return value
}

// keeps returns an error if the patch changed a field that it must not change.
func (p Pod) keeps(base, merged map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(p.Selector)) {
		if at(merged, "metadata", "labels", name) != p.Selector[name] {
			return invalid("the label %s selects the server's pods and cannot be changed", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fixed)) {
		if at(merged, "metadata", "annotations", name) != p.Fixed[name] {
			return invalid("the annotation %s is the operator's and cannot be changed", name)
		}
	}
	before, after := named(base, "containers", Container), named(merged, "containers", Container)
	if after == nil {
		return invalid("the container %s runs the server and cannot be removed or renamed", Container)
	}
	for _, name := range p.injected() {
		if !reflect.DeepEqual(element(before, "env", "name", name), element(after, "env", "name", name)) {
			return invalid("the variable %s is set by the operator and cannot be changed", name)
		}
	}
	return p.keepsFiles(base, merged)
}

func (p Pod) keepsFiles(base, merged map[string]any) error {
	for _, s := range p.files() {
		before := element(named(base, "containers", Container), "volumeMounts", "mountPath", s.Target.Path)
		after := element(named(merged, "containers", Container), "volumeMounts", "mountPath", s.Target.Path)
		if !reflect.DeepEqual(before, after) {
			return invalid("the mount at %s is a secret's and cannot be changed", s.Target.Path)
		}
	}
	if !reflect.DeepEqual(named(base, "volumes", FilesVolume), named(merged, "volumes", FilesVolume)) {
		return invalid("the volume %s is the operator's and cannot be changed", FilesVolume)
	}
	return nil
}

// injected returns the variables that are not plain variables of the workload.
func (p Pod) injected() []string {
	names := slices.Sorted(maps.Keys(p.transport()))
	for _, s := range p.Secrets {
		if s.Target.Env != "" {
			names = append(names, s.Target.Env)
		}
	}
	return names
}

// named returns the element with the name in a list of the pod's spec, or nil.
func named(template map[string]any, list, name string) map[string]any {
	spec, _ := template["spec"].(map[string]any)
	return element(spec, list, "name", name)
}

func element(of map[string]any, list, key, value string) map[string]any {
	elements, _ := of[list].([]any)
	for _, each := range elements {
		if fields, _ := each.(map[string]any); fields[key] == value {
			return fields
		}
	}
	return nil
}

// at returns the value in fields at path, or nil.
func at(fields map[string]any, path ...string) any {
	var value any = fields
	for _, key := range path {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

func fields(from any) (map[string]any, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return nil, invalid("%v", err)
	}
	var made map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &made); err != nil {
		return nil, invalid("%v", err)
	}
	return made, nil
}

// clone copies fields, since a merge changes its target.
func clone(fields map[string]any) map[string]any {
	made := make(map[string]any, len(fields))
	for key, value := range fields {
		made[key] = withoutDirectives(value)
	}
	return made
}

func decode(from map[string]any) (*core.PodTemplateSpecApplyConfiguration, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return nil, invalid("%v", err)
	}
	template := core.PodTemplateSpec()
	if err := json.Unmarshal(text, template); err != nil {
		return nil, invalid("it is no pod template: %v", err)
	}
	return template, nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: podTemplateSpec: %s", workload.ErrInvalidSpec, fmt.Sprintf(format, args...))
}
