// Package access decides what a workload gets of its user's and this machine's, and
// what of that has not been granted to it. It is pure: every path on which a workload
// is given something asks it before a value is resolved or handed on.
package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/workload"
)

// Kind is what an Item is.
type Kind string

// The kinds of what a workload gets.
const (
	Secret    Kind = "secret"
	Network   Kind = "network"
	Publish   Kind = "publish"
	Volume    Kind = "volume"
	User      Kind = "user"
	Arguments Kind = "arguments"
	File      Kind = "file"
	Inherited Kind = "env"
	Variable  Kind = "variable"
	Label     Kind = "label"
)

// Binding is a secret of a workload, and the variable or the file that gets it; Target
// is empty if nothing does.
type Binding struct{ Ref, Target string }

// Request is a workload that is to be given something.
type Request struct {
	Spec    workload.Spec
	Secrets []Binding
	// Variables are all plain variables of the environment, whatever they come from.
	Variables map[string]string
	// Expanded are the names of the environment's variables whose values env files
	// take over.
	Expanded []string
}

// Item is one thing that a workload gets.
type Item struct {
	Kind Kind
	// Key is how a grant names it. It holds no value: what a value decides has a part
	// of its SHA-256.
	Key string
	// Name is how a user is asked about it; it holds no value either.
	Name string

	// ref is a secret's reference.
	ref string
}

// Items returns all that the workload gets, each once: secrets first, then what the
// container reaches beyond itself, who it runs as and with which arguments, env files,
// inherited variables, variables and labels.
func (r Request) Items() []Item {
	var items []Item
	for _, s := range r.Secrets {
		key := s.Ref
		if s.Target != "" {
			key += targetMark + s.Target
		}
		items = append(items, Item{Kind: Secret, Key: key, Name: s.Ref, ref: s.Ref})
	}
	slices.SortStableFunc(items, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	items = append(items, reached(r.Spec)...)
	if r.Spec.User != "" {
		items = append(items, plain(User, r.Spec.User))
	}
	if len(r.Spec.Command) > 0 {
		items = append(items, Item{Kind: Arguments, Key: "arguments://#" + digest(r.Spec.Command), Name: "arguments"})
	}
	for _, path := range r.Spec.EnvFiles {
		items = append(items, plain(File, path))
	}
	if r.Spec.EnvFileDir != "" {
		items = append(items, plain(File, r.Spec.EnvFileDir))
	}
	for _, name := range slices.Concat(r.Spec.EnvInherit, r.Expanded) {
		items = append(items, plain(Inherited, name))
	}
	return once(slices.Concat(items, r.variables(), labels(r.Spec)))
}

const targetMark = ",target="

// variables are those that the Spec sets, and of the others (which env files set) those
// that Steers. One whose value is a reference is a secret, and not here.
func (r Request) variables() []Item {
	secrets := map[string]bool{}
	for _, s := range r.Secrets {
		secrets[s.Target] = true
	}
	var items []Item
	for _, name := range slices.Sorted(maps.Keys(r.Variables)) {
		value := r.Variables[name]
		said, isSaid := r.Spec.EnvVars[name]
		switch {
		case secrets[name], slices.Contains(r.Spec.EnvInherit, name):
		case isSaid && said == value, Steers(name, value):
			items = append(items, Item{Kind: Variable, Key: "variable://" + name + "#" + digest(value), Name: "variable://" + name})
		}
	}
	return items
}

func labels(spec workload.Spec) []Item {
	var items []Item
	for _, key := range slices.Sorted(maps.Keys(spec.Labels)) {
		items = append(items, Item{Kind: Label, Key: "label://" + key + "#" + digest(spec.Labels[key]), Name: "label://" + key})
	}
	return items
}

// reached are network://NAME, publish://ADDRESS:PORT and volume://SOURCE[:OPTION,…]. A
// network of a name has this user's other containers in it, and a named volume their
// data. One that is mounted with other options is another: some change the host's
// files. What cannot be parsed is an item as a whole.
func reached(spec workload.Spec) []Item {
	var items []Item
	if !slices.Contains([]string{"", "none", "bridge", "default"}, spec.Network) {
		items = append(items, plain(Network, spec.Network))
	}
	for _, text := range spec.Publish {
		if p, err := workload.ParsePublish(text); err != nil || !p.OnLoopback() {
			items = append(items, plain(Publish, text))
		}
	}
	for _, text := range spec.Volumes {
		source := text
		if v, err := workload.ParseVolume(text); err == nil {
			source = v.Source
			if mode := v.Mode(); mode != "" {
				source += ":" + mode
			}
		}
		items = append(items, plain(Volume, source))
	}
	return items
}

func plain(kind Kind, text string) Item {
	name := string(kind) + "://" + text
	return Item{Kind: kind, Key: name, Name: name}
}

// digest tells values apart without saying them.
func digest(value any) string {
	text, _ := json.Marshal(value) // strings, which always can be
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// once keeps the first of those with the same key.
func once(items []Item) []Item {
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(i Item) bool {
		was := seen[i.Key]
		seen[i.Key] = true
		return was
	})
}
