package defect

import (
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func broken() error { panic(errors.New("Hunter2")) }

func TestContain_NamesThePlaceAndNotWhatWasThrown(t *testing.T) {
	err := Contain(broken)
	if !errors.Is(err, Err) || secret.ClassOf(err) != secret.ClassUnavailable || !strings.Contains(err.Error(), "panicked (*errors.errorString in ") ||
		!strings.Contains(err.Error(), "defect.broken:") || strings.Contains(err.Error(), "Hunter2") {
		t.Error(err)
	}
	var nothing map[string]int
	if err := Contain(func() error { nothing["a"] = 1; return nil }); !errors.Is(err, Err) || !strings.Contains(err.Error(), "defect.TestContain") {
		t.Errorf("a panic of the runtime's: %v", err)
	}
}

func TestContain_ReturnsWhatTheWorkDoes(t *testing.T) {
	own := errors.New("own")
	if err := Contain(func() error { return own }); err != own { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
	if err := Contain(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
