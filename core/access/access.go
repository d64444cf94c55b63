// Package access lists the secrets and resources that a workload would get, and those
// that have not been granted to it. It is pure. Every way to start or change a workload
// uses it before a secret is resolved or delivered.
package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/workload"
)

// Kind is the kind of an [Item].
type Kind string

// The kinds of items.
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

// Binding is a secret of a workload with the variable or file that gets it. Target is
// empty if neither does.
type Binding struct{ Ref, Target string }

// Request describes a workload and everything that decides what it gets.
type Request struct {
	Spec    workload.Spec
	Secrets []Binding
	// Variables are all plain variables of the environment, from all sources.
	Variables map[string]string
	// Expanded are the names of the environment's variables whose values env files
	// include by expansion.
	Expanded []string
	// Leads has the targets of the host paths of Spec's volumes and env files after all
	// symbolic links are resolved, by the path in Spec. A missing path is its own target.
	Leads map[string]string
	// Linked are the targets of symbolic links in Spec.EnvFileDir.
	Linked []string
}

// Item is one secret or resource that a workload gets.
type Item struct {
	Kind Kind
	// Key identifies it in a grant. It contains no value; if the value matters, it contains
	// a part of the value's SHA-256. Keys of different kinds never collide.
	Key string
	// Name is its name in a question to the user. It contains no value either.
	Name string

	// former is its key in the first version of grants; empty if that version had no such
	// key, or used it for something else.
	former string
	// later is true if no earlier version asked about it.
	later bool
	// usual is true if every container has it by default.
	usual bool
	// ref is the reference, for a secret.
	ref string
}

// Items returns everything that the workload gets, each item once: secrets, then networks,
// ports and volumes, the user and the arguments, env files, inherited variables, variables
// and labels, and last the variables of env files that do not steer (see [Steers]).
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

// formerRef returns the key of a secret in the first version of grants, which had no
// target and covered all of them. It is empty for a reference that looks like a key of
// another kind in that version.
func formerRef(ref string) string {
	scheme, _, _ := strings.Cut(ref, "://")
	if slices.Contains(formerKinds, Kind(scheme)) {
		return ""
	}
	return ref
}

var formerKinds = []Kind{Network, Publish, Volume, User, Arguments, File, Inherited, Variable, Label}

// ownMark is the prefix of the keys of all kinds other than secrets. No reference begins
// with it.
const ownMark = ","

func plain(kind Kind, text string) Item {
	name := string(kind) + "://" + text
	return Item{Kind: kind, Key: ownMark + name, Name: name, former: name}
}

// valued returns an item with a name and the digest of a value.
func valued(kind Kind, name, digest string) Item {
	i := plain(kind, name+"#"+digest)
	i.Name = strings.TrimSuffix(string(kind)+"://"+name, "://")
	return i
}

// digest returns a short hash that distinguishes values without revealing them.
func digest(value any) string {
	text, _ := json.Marshal(value) // strings can always be encoded
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// once removes all items but the first with the same key.
func once(items []Item) []Item {
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(i Item) bool {
		was := seen[i.Key]
		seen[i.Key] = true
		return was
	})
}
