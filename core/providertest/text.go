package providertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var errorCases = []subjectCase{
	{"Errors_WrapExactlyOneSentinel", func(s *subject) error { return all(s.errors(), oneSentinel) }},
	{"Errors_AreLowerCase", func(s *subject) error { return all(s.errors(), lowerCase) }},
	{"Errors_HoldNoValue", func(s *subject) error {
		return all(s.errors(), func(err error) error { return holdsNone(err.Error(), s.seeded) })
	}},
}

var sentinels = []error{
	secret.ErrNotFound, secret.ErrDenied, secret.ErrLocked, secret.ErrUnavailable, secret.ErrInvalidRef,
	secret.ErrUnsupported, secret.ErrCorrupt, secret.ErrTooLarge, secret.ErrConflict,
	context.Canceled, context.DeadlineExceeded,
}

// errors returns every error that the harness can provoke. The backend stays broken.
func (s *subject) errors() []error {
	var list []error
	note := func(err error) {
		if reason := skipped(""); err != nil && !errors.As(err, &reason) {
			list = append(list, err)
		}
	}
	for _, ref := range s.unanswerable() {
		_, err := s.get(ref)
		note(err)
	}
	if _, ok := s.p.(provider.Writer); ok {
		for _, value := range s.Unstorable {
			note(s.put(s.Present[0], value))
		}
		if s.MaxValue > 0 {
			note(s.put(s.Present[0], oversize(s.MaxValue)))
		}
		for _, ref := range append([]secret.Ref{s.foreign()}, s.Unholdable...) {
			note(s.put(ref, s.seeded[s.Present[0]]))
		}
	}
	if _, ok := s.p.(provider.Deleter); ok {
		note(s.remove(s.Missing))
		note(s.remove(s.foreign()))
	}
	if _, ok := s.p.(provider.Batcher); ok {
		results, err := s.getAll(s.ctx, s.unanswerable())
		note(err)
		for _, result := range results {
			note(result.Err)
		}
	}
	for _, err := range s.troubles() {
		note(err)
	}
	return list
}

func oneSentinel(err error) error {
	var found []string
	for _, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			found = append(found, sentinel.Error())
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("the error %q wraps %d classes %q; the promise is one", err, len(found), found)
	}
	return nil
}

func lowerCase(err error) error {
	first, _ := utf8.DecodeRuneInString(err.Error())
	if err.Error() == "" || unicode.IsUpper(first) {
		return fmt.Errorf("the error's text %q is empty or begins with a capital", err)
	}
	return nil
}

// holdsNone checks that text contains none of values.
func holdsNone(text string, values map[secret.Ref]secret.Value) error {
	for ref, value := range values {
		if value.Len() > 0 && strings.Contains(text, string(value.Bytes())) {
			return fmt.Errorf("a text holds the value of %q", ref)
		}
	}
	return nil
}
