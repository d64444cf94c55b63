package safecall

import (
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func broken() error { panic(errors.New("Hunter2")) }

func TestRecover_NamesThePlaceAndNotWhatWasThrown(t *testing.T) {
	err := Recover(broken)
	if !errors.Is(err, ErrMisbehaved) || secret.ClassOf(err) != secret.ClassUnavailable || !strings.Contains(err.Error(), "panicked (*errors.errorString in ") ||
		!strings.Contains(err.Error(), "safecall.broken:") || strings.Contains(err.Error(), "Hunter2") {
		t.Error(err)
	}
	var nothing map[string]int
	if err := Recover(func() error { nothing["a"] = 1; return nil }); !errors.Is(err, ErrMisbehaved) || !strings.Contains(err.Error(), "safecall.TestRecover") {
		t.Errorf("a panic of the runtime's: %v", err)
	}
}

func TestRecover_ReturnsWhatTheWorkDoes(t *testing.T) {
	own := errors.New("own")
	if err := Recover(func() error { return own }); err != own { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
	if err := Recover(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
