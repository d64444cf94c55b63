package secret

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestClassOf_KnowsEverySentinel(t *testing.T) {
	seen := map[Class]bool{}
	for _, s := range sentinels {
		for _, err := range []error{s.err, fmt.Errorf("more: %w", s.err), &Error{Op: "get", Provider: "p", Err: s.err}} {
			if got := ClassOf(err); got != s.class {
				t.Errorf("%v is %s, want %s", err, got, s.class)
			}
		}
		if seen[s.class] {
			t.Errorf("%s stands twice", s.class)
		}
		seen[s.class] = true
	}
	if ClassOf(nil) != ClassOK || ClassOf(errors.New("x")) != ClassOther {
		t.Error("nil is not ok, or an unknown error not other")
	}
}

func TestClassOf_AbsenceNeverHidesAFailure(t *testing.T) {
	for _, s := range sentinels {
		if s.class == ClassNotFound {
			continue
		}
		if got := ClassOf(errors.Join(ErrNotFound, s.err)); got != s.class {
			t.Errorf("not found and %v is %s", s.err, got)
		}
	}
}

func TestError_NamesWhatFailed(t *testing.T) {
	ref, err := ParseRef("api-key")
	if err != nil {
		t.Fatal(err)
	}
	for want, e := range map[string]*Error{
		`get "api-key": encrypted: locked`: {Op: "get", Provider: "encrypted", Ref: ref, Err: ErrLocked},
		"encrypted: list: locked":          {Op: "list", Provider: "encrypted", Err: ErrLocked},
	} {
		if e.Error() != want || !errors.Is(e, ErrLocked) {
			t.Errorf("%q, want %q", e, want)
		}
	}
	if !errors.Is(&Error{Err: context.Canceled}, context.Canceled) {
		t.Error("a context's error is hidden")
	}
}

func TestSentinel_IsOfItsClass(t *testing.T) {
	for _, s := range sentinels {
		if got := s.class.Sentinel(); ClassOf(got) != s.class {
			t.Errorf("%s: got the sentinel %v, want one of this class", s.class, got)
		}
	}
	for _, class := range []Class{ClassOK, ClassOther, "unheard-of"} {
		if err := class.Sentinel(); err != nil {
			t.Errorf("%s: got the sentinel %v, want nil", class, err)
		}
	}
}
