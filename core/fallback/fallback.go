// Package fallback is the policy of a chain of providers: which class of failure
// lets the next provider be asked. It is a pure decision table.
package fallback

//go:generate go run ./internal/doctable ../../docs/providers.md

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// eligible are the classes that a rule may name. That a caller gave up or made a
// mistake, and an error without a class, never let a chain go on.
var eligible = []secret.Class{
	secret.ClassNotFound, secret.ClassDenied, secret.ClassLocked, secret.ClassUnavailable,
	secret.ClassTimeout, secret.ClassInvalidRef, secret.ClassUnsupported, secret.ClassCorrupt,
	secret.ClassTooLarge, secret.ClassConflict,
}

// meanings are what the classes say, for people.
var meanings = map[secret.Class]string{
	secret.ClassNotFound:    "the provider answered: it has no such secret",
	secret.ClassDenied:      "the provider answered: not allowed",
	secret.ClassLocked:      "it needs unlocking, or the password is wrong",
	secret.ClassUnavailable: "no answer, or none in time: network, daemon, rate limit, or a failure that nobody can classify",
	secret.ClassTimeout:     "a provider says that its own deadline has passed",
	secret.ClassInvalidRef:  "the text is no reference of this provider",
	secret.ClassUnsupported: "outside what the provider can do",
	secret.ClassCorrupt:     "it answers, but its content fails authentication or does not parse",
	secret.ClassTooLarge:    "over a limit of the provider",
	secret.ClassConflict:    "ambiguous, or changed by somebody else meanwhile",
	secret.ClassCanceled:    "the caller gave up",
	secret.ClassUsage:       "a mistake in the command line, the configuration or a file that they name",
	secret.ClassOther:       "an error without a class",
}

// Rule says which classes of failure go on to the next provider. The zero Rule
// is the default: only what is not found. A Rule is immutable.
type Rule struct {
	on []secret.Class
}

// ParseRule returns the rule that goes on for exactly the classes named, as a
// configuration's `on: [not-found, unavailable]` does. An unknown class is an
// error that lists the valid ones, and so is an empty list: a step that never
// goes on belongs at the chain's end.
func ParseRule(names []string) (Rule, error) {
	if len(names) == 0 {
		return Rule{}, fmt.Errorf("a rule names at least one class of failure; valid are %s", validNames())
	}
	var on []secret.Class
	for i, name := range names {
		class := secret.Class(name)
		if !slices.Contains(eligible, class) {
			return Rule{}, fmt.Errorf("class %d of the rule is none that may go on; valid are %s", i+1, validNames())
		}
		on = append(on, class)
	}
	return Rule{on: on}, nil
}

// GoesOn reports whether a failure of class lets the next provider be asked.
func (r Rule) GoesOn(class secret.Class) bool {
	if r.on == nil {
		return class == secret.ClassNotFound
	}
	return slices.Contains(r.on, class)
}

// Classes returns the classes that go on, in the order given to ParseRule.
func (r Rule) Classes() []secret.Class {
	if r.on == nil {
		return []secret.Class{secret.ClassNotFound}
	}
	return slices.Clone(r.on)
}

// Row is one line of the decision table.
type Row struct {
	// Class is the failure's; secret.ClassOK has no row.
	Class secret.Class
	// Meaning is a part of a sentence for people.
	Meaning string
	// GoesOn is the default decision.
	GoesOn bool
	// Configurable is whether a rule may name the class.
	Configurable bool
}

// Table returns the default decision for every class of failure, in the order in
// which package secret gives them.
func Table() []Row {
	classes := append(slices.Clone(eligible), secret.ClassCanceled, secret.ClassUsage, secret.ClassOther)
	var rows []Row
	for _, class := range classes {
		rows = append(rows, Row{class, meanings[class], Rule{}.GoesOn(class), slices.Contains(eligible, class)})
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
