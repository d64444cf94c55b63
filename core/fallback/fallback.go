// Package fallback is the policy of a chain of providers: after which classes of
// failure the next provider is asked. It is a pure decision table.
package fallback

//go:generate go run ./internal/doctable ../../docs/providers.md

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// eligible are the classes that a rule may name. After a cancellation, a usage error or
// an error without a class a chain never continues.
var eligible = []secret.Class{
	secret.ClassNotFound, secret.ClassDenied, secret.ClassLocked, secret.ClassUnavailable,
	secret.ClassTimeout, secret.ClassInvalidRef, secret.ClassUnsupported, secret.ClassCorrupt,
	secret.ClassTooLarge, secret.ClassConflict,
}

// meanings describe the classes for users.
var meanings = map[secret.Class]string{
	secret.ClassNotFound:    "the provider answered: it has no such secret",
	secret.ClassDenied:      "the provider answered: not allowed",
	secret.ClassLocked:      "it needs unlocking, or the password is wrong",
	secret.ClassUnavailable: "no answer, or none in time: network, daemon, rate limit, or a failure without a class of its own",
	secret.ClassTimeout:     "a provider says that its own deadline has passed",
	secret.ClassInvalidRef:  "the text is not a reference of this provider",
	secret.ClassUnsupported: "outside what the provider can do",
	secret.ClassCorrupt:     "it answers, but its content fails authentication or does not parse",
	secret.ClassTooLarge:    "over a limit of the provider",
	secret.ClassConflict:    "ambiguous, or changed concurrently by another process",
	secret.ClassCanceled:    "the caller gave up",
	secret.ClassUsage:       "a mistake in the command line, the configuration or a file that they name",
	secret.ClassOther:       "an error without a class",
}

// Rule says after which classes of failure the next provider is asked. The zero Rule
// is the default: after not-found only. A Rule is immutable.
type Rule struct {
	on []secret.Class
}

// ParseRule returns the rule that continues after exactly the named classes, such as
// those of `on: [not-found, unavailable]` in a configuration. It returns an error that
// lists the valid classes if one is unknown or names is empty: a step after which the
// chain never continues belongs at its end.
func ParseRule(names []string) (Rule, error) {
	if len(names) == 0 {
		return Rule{}, fmt.Errorf("a rule names at least one class of failure; valid are %s", validNames())
	}
	var on []secret.Class
	for i, name := range names {
		class := secret.Class(name)
		if !slices.Contains(eligible, class) {
			return Rule{}, fmt.Errorf("class %d cannot be used in a fallback rule; valid are %s", i+1, validNames())
		}
		on = append(on, class)
	}
	return Rule{on: on}, nil
}

// Continues reports whether the next provider is asked after a failure of class.
func (r Rule) Continues(class secret.Class) bool {
	if r.on == nil {
		return class == secret.ClassNotFound
	}
	return slices.Contains(r.on, class)
}

// Classes returns the classes after which the chain continues, in the order given to
// [ParseRule].
func (r Rule) Classes() []secret.Class {
	if r.on == nil {
		return []secret.Class{secret.ClassNotFound}
	}
	return slices.Clone(r.on)
}

// Row is one line of the decision table.
type Row struct {
	// Class is a class of failure; [secret.ClassOK] has no row.
	Class secret.Class
	// Meaning describes Class for users, as part of a sentence.
	Meaning string
	// Continues is the default decision.
	Continues bool
	// Configurable is whether a rule may name the class.
	Configurable bool
}

// Table returns the default decision for every class of failure, in the order of
// package secret.
func Table() []Row {
	classes := append(slices.Clone(eligible), secret.ClassCanceled, secret.ClassUsage, secret.ClassOther)
	var rows []Row
	for _, class := range classes {
		rows = append(rows, Row{class, meanings[class], Rule{}.Continues(class), slices.Contains(eligible, class)})
	}
	return rows
}

func validNames() string {
	var names []string
	for _, class := range eligible {
		names = append(names, string(class))
	}
	return strings.Join(names, ", ")
}
