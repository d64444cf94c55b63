package workload_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

func TestCheckRequirements(t *testing.T) {
	key := workload.Requirement{Name: "API_KEY", Required: true, Secret: true}
	url := workload.Requirement{Name: "URL", Required: true}
	level := workload.Requirement{Name: "LEVEL", Default: "info"}
	needed := workload.Requirement{Name: "MODE", Required: true, Default: "read"}
	trial := workload.Requirement{Name: "TRIAL", Required: true, Secret: true, Default: "public"}
	optional := workload.Requirement{Name: "OPTIONAL", Secret: true}
	for name, c := range map[string]struct {
		requirements []workload.Requirement
		supplied     []string
		defaults     map[string]string
		missing      []string
	}{
		"nothing asks for nothing":            {},
		"what is required is missing":         {requirements: []workload.Requirement{url, key}, missing: []string{"URL", "API_KEY"}},
		"in the entry's order":                {requirements: []workload.Requirement{key, url}, missing: []string{"API_KEY", "URL"}},
		"what is supplied is not":             {requirements: []workload.Requirement{key, url}, supplied: []string{"API_KEY", "URL"}},
		"one of two":                          {requirements: []workload.Requirement{key, url}, supplied: []string{"URL"}, missing: []string{"API_KEY"}},
		"what is optional is never missing":   {requirements: []workload.Requirement{optional, level}, defaults: map[string]string{"LEVEL": "info"}},
		"a default fills what is required":    {requirements: []workload.Requirement{needed}, defaults: map[string]string{"MODE": "read"}},
		"a plain default leaves it to Merge":  {requirements: []workload.Requirement{level}, supplied: []string{"LEVEL"}, defaults: map[string]string{"LEVEL": "info"}},
		"a secret's default fills it":         {requirements: []workload.Requirement{trial}, defaults: map[string]string{"TRIAL": "public"}},
		"a secret's default yields to values": {requirements: []workload.Requirement{trial}, supplied: []string{"TRIAL"}},
		"the first of a name counts":          {requirements: []workload.Requirement{key, {Name: "API_KEY", Default: "x"}}, missing: []string{"API_KEY"}},
	} {
		t.Run(name, func(t *testing.T) {
			unmet := workload.CheckRequirements(c.requirements, func(name string) bool { return slices.Contains(c.supplied, name) })
			var missing []string
			for _, r := range unmet.Missing {
				missing = append(missing, r.Name)
			}
			if !slices.Equal(missing, c.missing) {
				t.Errorf("missing %v, want %v", missing, c.missing)
			}
			if !maps.Equal(unmet.Defaults, c.defaults) {
				t.Errorf("defaults %v, want %v", unmet.Defaults, c.defaults)
			}
		})
	}
}

func TestRequirement_HasTheRegistrysNames(t *testing.T) {
	text, err := json.Marshal(workload.Requirement{Name: "A", Description: "B", Required: true, Default: "C", Secret: true})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"A","description":"B","required":true,"default":"C","secret":true}`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
}
