package runconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
)

func TestGrant_IsRememberedByImage(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	if err := s.Grant("image", []string{"b", "a"}); err != nil {
		t.Fatal(err)
	}
	missing, err := New(state).ungrantedNames(t, "image", []string{"a", "c", "b"})
	if diff := cmp.Diff([]string{"c"}, missing); diff != "" || err != nil {
		t.Error(diff, err)
	}
	missing, err = s.ungrantedNames(t, "image:2", []string{"a"})
	if diff := cmp.Diff([]string{"a"}, missing); diff != "" || err != nil {
		t.Error(diff, err)
	}
	text, err := os.ReadFile(filepath.Join(state, "grants.json"))
	if err != nil || string(text) != "{\n  \"images\": {\n    \"image\": [\n      \"a\",\n      \"b\"\n    ]\n  },\n  \"migrated\": true\n}\n" {
		t.Errorf("%s, %v", text, err)
	}
}

func TestGrant_OfManyAtOnceLosesNone(t *testing.T) {
	state := t.TempDir()
	var group sync.WaitGroup
	var names []string
	for i := range 20 {
		name := fmt.Sprint(i)
		names = append(names, name)
		group.Go(func() {
			if err := New(state).Grant("image", []string{name}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if missing, err := New(state).ungrantedNames(t, "image", names); err != nil || missing != nil {
		t.Errorf("lost are %v, %v", missing, err)
	}
}

func TestGrant_DamageIsNoConsentAndIsMended(t *testing.T) {
	for _, text := range []string{"", `{"images": {`, `[]`, `{"images": 1}`} {
		state := t.TempDir()
		if err := os.WriteFile(filepath.Join(state, "grants.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := New(state)
		if _, err := s.ungrantedNames(t, "image", []string{"a"}); !errors.Is(err, secret.ErrCorrupt) {
			t.Errorf("%q: the error is %v", text, err)
		}
		if err := s.Grant("image", []string{"a"}); err != nil {
			t.Errorf("%q: the error is %v", text, err)
		}
		missing, err := s.ungrantedNames(t, "image", []string{"a", "b"})
		if diff := cmp.Diff([]string{"b"}, missing); diff != "" || err != nil {
			t.Error(diff, err)
		}
		// What was lost may have been another image's.
		if elsewhere, err := s.elsewhereNames(t, "evil", []string{"b"}); err != nil || len(elsewhere) != 1 {
			t.Errorf("%q: granted elsewhere are %v, %v", text, elsewhere, err)
		}
	}
}
