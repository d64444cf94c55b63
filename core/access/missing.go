package access

import (
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/workload"
)

// Missing returns those of items that granted, which are keys, does not have. A grant
// of an earlier version counts if it names the same thing; one of a secret without a
// target, or of a volume without one, covers every target. A secret that was granted for
// another target is named with the one that it lacks.
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

// allMark stands among the keys of a grant of all that this version asks about. It has no
// version: a key is any text, so a version that asks about more adds a mark of its own
// beside this one, and takes a grant that has only this one for what this version asked.
const allMark = ",all"

// Granted returns the keys of a grant of all of items. They tell it from one of an
// earlier version, which asked about less.
func Granted(items []Item) []string { return WholeOf(Keys(items)) }

// WholeOf returns keys as a grant of this version.
func WholeOf(keys []string) []string { return append(slices.Clone(keys), allMark) }

// Whole reports whether granted is of a version that asks about all that this one does.
func Whole(granted []string) bool { return slices.Contains(granted, allMark) }

// Asked returns those of items about which the version asked that has written granted.
// What it did not ask about, a workload had without a question.
func Asked(items []Item, granted []string) []Item {
	if Whole(granted) {
		return items
	}
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.later })
}

// Unusual returns items without what every container has that is not told otherwise,
// unless granted, of something else that is replaced or nil for nothing, lacked it.
func Unusual(items []Item, granted []string) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return i.usual && (slices.Contains(granted, i.Key) || !Whole(granted))
	})
}

// Former returns those of items that an earlier version asked about. What it saved had
// the rest without a question.
func Former(items []Item) []Item {
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool {
		return i.later || slices.Contains([]Kind{User, Arguments, Variable, Label}, i.Kind)
	})
}

// Keys returns how grants name items.
func Keys(items []Item) []string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = item.Key
	}
	return keys
}

// Names returns how a user is asked about items, each once.
func Names(items []Item) []string {
	var names []string
	for _, item := range items {
		if !slices.Contains(names, item.Name) {
			names = append(names, item.Name)
		}
	}
	return names
}

// Reference returns the reference that a grant's key names, if it is a secret's.
func Reference(key string) string {
	ref, _, _ := strings.Cut(key, targetMark)
	return ref
}

// NameOf returns a grant's key as a user may read it, without what tells values apart;
// empty for one that names nothing, or only what every container has.
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
