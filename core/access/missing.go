package access

import (
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/workload"
)

// Missing returns the items whose keys are not in granted. A key of an earlier version
// counts if it means the same item; if such a key of a secret or volume has no target, it
// covers every target. The Name of a secret that was granted for another target includes
// the missing target.
func Missing(items []Item, granted []string) []Item {
	var missing []Item
	for _, item := range items {
		if slices.Contains(granted, item.Key) || item.former != "" && slices.Contains(granted, item.former) {
			continue
		}
		other := func(key string) bool { return strings.HasPrefix(key, item.ref+targetMark) }
		if target, has := strings.CutPrefix(item.Key, item.ref+targetMark); item.Kind == Secret && has && slices.ContainsFunc(granted, other) {
			item.Name = item.ref + " as " + target
		}
		missing = append(missing, item)
	}
	return missing
}

// allMark is among the keys of a grant for everything that this version asks about. It
// contains no version number: keys are arbitrary text, so a version that asks about more
// can add another mark, and treat a grant with only this one as one of this version.
const allMark = ",all"

// Granted returns the keys of a grant for all of items. They include a mark that
// distinguishes it from a grant of an earlier version, which asked about fewer kinds.
func Granted(items []Item) []string { return WholeOf(Keys(items)) }

// WholeOf returns keys with the mark of a grant of this version.
func WholeOf(keys []string) []string { return append(slices.Clone(keys), allMark) }

// Whole reports whether granted comes from a version that asks about all kinds that this
// version asks about.
func Whole(granted []string) bool { return slices.Contains(granted, allMark) }

// Asked returns the items that the version which wrote granted asked about. A workload got
// all other items without a question.
func Asked(items []Item, granted []string) []Item {
	if Whole(granted) {
		return items
	}
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.later })
}

// Unusual returns items without those that every container has by default. granted is the
// grant of the workload that is replaced, or nil: a default that it lacked is kept.
func Unusual(items []Item, granted []string) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return i.usual && (slices.Contains(granted, i.Key) || !Whole(granted))
	})
}

// Former returns the items that the first version asked about. Workloads that it saved got
// the others without a question.
func Former(items []Item) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return i.later || slices.Contains([]Kind{User, Arguments, Variable, Label}, i.Kind)
	})
}

// Keys returns the keys of items.
func Keys(items []Item) []string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = item.Key
	}
	return keys
}

// Names returns the names of items for a question to the user, each once.
func Names(items []Item) []string {
	var names []string
	for _, item := range items {
		if !slices.Contains(names, item.Name) {
			names = append(names, item.Name)
		}
	}
	return names
}

// Reference returns the reference in a grant's key of a secret. For other kinds the result
// has no meaning.
func Reference(key string) string {
	ref, _, _ := strings.Cut(key, targetMark)
	return ref
}

// NameOf returns a grant's key in a readable form, without digests of values. It is empty
// for a mark, and for an item that every container has by default.
func NameOf(key string) string {
	every := protections(workload.Spec{})
	every = append(every, Request{}.reached()...)
	if key == allMark || slices.Contains(Keys(every), key) {
		return ""
	}
	key = strings.TrimPrefix(key, ownMark)
	for _, kind := range []Kind{Variable, Label, Arguments} {
		if rest, is := strings.CutPrefix(key, string(kind)+"://"); is && strings.Contains(rest, "#") {
			return strings.TrimSuffix(key[:strings.LastIndex(key, "#")], "://")
		}
	}
	return key
}
