package rotate_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/workload"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func TestDecide_TableOfActions(t *testing.T) {
	restart := rotate.Policy{Change: workload.SecretChange{Restart: true}, Spacing: time.Minute}
	signal := rotate.Policy{Change: workload.SecretChange{Signal: "HUP"}, Spacing: time.Minute}
	changed := []string{"/run/key", "API_KEY"}
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		situation rotate.Situation
		policy    rotate.Policy
		want      rotate.Decision
	}{
		"nothing changed": {rotate.Situation{}, restart, rotate.Decision{}},
		"nothing changed, soon after an action": {
			rotate.Situation{Acted: ago(time.Second)}, restart, rotate.Decision{},
		},
		"ignored": {rotate.Situation{Changed: changed}, rotate.Policy{Spacing: time.Minute}, rotate.Decision{}},
		"the first change": {
			rotate.Situation{Changed: changed}, restart, rotate.Decision{Action: rotate.Restart, Changed: changed},
		},
		"a change long after an action": {
			rotate.Situation{Changed: changed, Acted: ago(time.Hour)}, restart, rotate.Decision{Action: rotate.Restart, Changed: changed},
		},
		"a change just when the spacing is over": {
			rotate.Situation{Changed: changed, Acted: ago(time.Minute)}, restart, rotate.Decision{Action: rotate.Restart, Changed: changed},
		},
		"a change too soon": {
			rotate.Situation{Changed: changed, Acted: ago(20 * time.Second)}, restart,
			rotate.Decision{Action: rotate.Wait, Until: now.Add(40 * time.Second)},
		},
		"a provider has refused": {
			rotate.Situation{Changed: changed, NotBefore: now.Add(time.Hour)}, restart,
			rotate.Decision{Action: rotate.Wait, Until: now.Add(time.Hour)},
		},
		"a provider may be asked again": {
			rotate.Situation{Changed: changed, NotBefore: now}, restart, rotate.Decision{Action: rotate.Restart, Changed: changed},
		},
		"refused and too soon: the later counts": {
			rotate.Situation{Changed: changed, Acted: ago(time.Second), NotBefore: now.Add(time.Second)}, restart,
			rotate.Decision{Action: rotate.Wait, Until: now.Add(59 * time.Second)},
		},
		"a signal": {
			rotate.Situation{Changed: changed}, signal,
			rotate.Decision{Action: rotate.Signal, Signal: "HUP", Changed: changed, Kept: []string{"API_KEY"}},
		},
		"a signal, too soon": {
			rotate.Situation{Changed: changed, Acted: now}, signal,
			rotate.Decision{Action: rotate.Wait, Until: now.Add(time.Minute)},
		},
	} {
		got := rotate.Decide(now, c.situation, c.policy)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if want := got.Action == rotate.Restart || got.Action == rotate.Signal; got.Acts() != want {
			t.Errorf("%s: got %v from Acts, want %v", name, got.Acts(), want)
		}
	}
}

func TestCompare_TableOfDifferences(t *testing.T) {
	for name, c := range map[string]struct {
		before, now map[string]string
		want        rotate.Difference
	}{
		"nothing":                {nil, nil, rotate.Difference{}},
		"the same":               {map[string]string{"a": "1"}, map[string]string{"a": "1"}, rotate.Difference{}},
		"changed, sorted":        {map[string]string{"b": "1", "a": "1", "c": "1"}, map[string]string{"b": "2", "a": "2", "c": "1"}, rotate.Difference{Changed: []string{"a", "b"}}},
		"added, sorted":          {map[string]string{"a": "1"}, map[string]string{"a": "1", "z": "1", "b": "1"}, rotate.Difference{Added: []string{"b", "z"}}},
		"gone":                   {map[string]string{"a": "1", "b": "1"}, map[string]string{"a": "1"}, rotate.Difference{}},
		"an empty value changed": {map[string]string{"a": ""}, map[string]string{"a": "1"}, rotate.Difference{Changed: []string{"a"}}},
		"all at once":            {map[string]string{"a": "1", "b": "1"}, map[string]string{"b": "2", "c": "1"}, rotate.Difference{Changed: []string{"b"}, Added: []string{"c"}}},
	} {
		if got := rotate.Compare(c.before, c.now); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
