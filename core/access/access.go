// Package access decides what a workload gets of its user's and this machine's, and
// what of that has not been granted to it. It is pure: every path on which a workload
// is given something asks it before a value is resolved or handed on.
package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	Workdir   Kind = "workdir"
	Delivery  Kind = "delivery"
	Root      Kind = "root"
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
	// Leads are where the host paths of Spec's volumes and env files lead when links are
	// followed, by how Spec names them. A path that is not there leads to itself.
	Leads map[string]string
	// Linked are the files to which links in Spec.EnvFileDir lead.
	Linked []string
}

// Item is one thing that a workload gets.
type Item struct {
	Kind Kind
	// Key is how a grant names it. It holds no value: what a value decides has a part
	// of its SHA-256. No two kinds have keys in common.
	Key string
	// Name is how a user is asked about it; it holds no value either.
	Name string

	// former is the key by which an earlier version named the same; empty if it named
	// another thing, or nothing.
	former string
	// later is whether an earlier version did not ask about it.
	later bool
	// usual is whether every container has it unless it is told otherwise.
	usual bool
	// ref is a secret's reference.
	ref string
}

// Items returns all that the workload gets, each once: secrets first, then what the
// container reaches beyond itself, who it runs as and with which arguments, env files,
// inherited variables, variables and labels, and last what env files set that does not
// steer.
func (r Request) Items() []Item {
	var items []Item
	for _, s := range r.Secrets {
		items = append(items, Item{Kind: Secret, Key: s.Ref + targetMark + s.Target, Name: s.Ref, former: formerRef(s.Ref), ref: s.Ref})
	}
	slices.SortStableFunc(items, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	items = append(items, r.reached()...)
	items = append(items, protections(r.Spec)...)
	if r.Spec.User != "" {
		items = append(items, plain(User, r.Spec.User))
	}
	if len(r.Spec.Command) > 0 {
		items = append(items, valued(Arguments, "", digest(r.Spec.Command)))
	}
	items = append(items, r.files()...)
	for _, name := range slices.Concat(r.Spec.EnvInherit, r.Expanded) {
		items = append(items, plain(Inherited, name))
	}
	steering, others := r.variables()
	return once(slices.Concat(items, steering, labels(r.Spec), others))
}

const targetMark = ",target="

// formerRef is how the first version named a secret: without a target, for all of them.
// It returns nothing for a reference that looks like another kind's key of that version.
func formerRef(ref string) string {
	scheme, _, _ := strings.Cut(ref, "://")
	if slices.Contains(formerKinds, Kind(scheme)) {
		return ""
	}
	return ref
}

var formerKinds = []Kind{Network, Publish, Volume, User, Arguments, File, Inherited, Variable, Label}

// ownMark begins the key of what is not a secret. No reference begins with it.
const ownMark = ","

func plain(kind Kind, text string) Item {
	name := string(kind) + "://" + text
	return Item{Kind: kind, Key: ownMark + name, Name: name, former: name}
}

// valued is of a thing that has a name and a value.
func valued(kind Kind, name, digest string) Item {
	i := plain(kind, name+"#"+digest)
	i.Name = strings.TrimSuffix(string(kind)+"://"+name, "://")
	return i
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
