package onepassword

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
)

// fakeCatalog is a catalog that counts its calls.
type fakeCatalog struct {
	all   map[string]map[string][]field // vaults, items, their fields
	asked []string
	fail  error
}

func (s *fakeCatalog) vaults(context.Context) (all []entry, err error) {
	s.asked = append(s.asked, "vaults")
	for name := range s.all {
		all = append(all, entry{id: id(name), name: name})
	}
	return all, s.fail
}

func (s *fakeCatalog) items(_ context.Context, vault string) (all []entry, err error) {
	s.asked = append(s.asked, "items")
	for name, items := range s.all {
		for item := range items {
			if id(name) == vault {
				all = append(all, entry{id: id(item), name: item})
			}
		}
	}
	return all, s.fail
}

func (s *fakeCatalog) fields(_ context.Context, vault string, ids []string) (all []field, err error) {
	s.asked = append(s.asked, "fields")
	for name, items := range s.all {
		for item, fields := range items {
			if id(name) == vault && id(item) == ids[0] {
				all = append(all, fields...)
			}
		}
	}
	return all, s.fail
}

func newFakeCatalog() *fakeCatalog {
	return &fakeCatalog{all: map[string]map[string][]field{
		"Work": {"a/b": {
			{id: "f1", name: "päss", section: "s1", title: "Ädmin"}, {id: "f2", name: "päss"}, {id: "f3", name: "käy", section: "s1", title: "Ädmin"},
			{id: "f4", name: "käy", section: "s2", title: "other"}, {id: "odd[id]", name: "odd"},
		}, "plain": nil},
		"Käse": {"plain": nil, "(x)": nil},
		"twin": nil, "Twin": nil, "ä": nil, "Ä": nil,
	}}
}

func TestIdentify_AsksForWhatItNeeds(t *testing.T) {
	work, ab := id("Work"), id("a/b")
	for text, c := range map[string]struct {
		want  string
		asked []string
	}{
		"op://Work/plain/f":                      {"op://Work/plain/f", nil},
		"op://K%C3%A4se/plain/f":                 {"op://" + id("Käse") + "/plain/f", []string{"vaults"}},
		"op://k%C3%84SE/plain/f?attribute=otp":   {"op://" + id("Käse") + "/plain/f?attribute=otp", []string{"vaults"}},
		"op://Work/a%2Fb/s/f":                    {"op://" + work + "/" + ab + "/s/f", []string{"vaults", "items"}},
		"op://" + work + "/a%2Fb/f":              {"op://" + work + "/" + ab + "/f", []string{"items"}},
		"op://" + work + "/" + ab + "/p%C3%A4ss": {"op://" + work + "/" + ab + "/f2", []string{"fields"}},
		"op://Work/a%2Fb/%C3%84dmin/p%C3%A4ss":   {"op://" + work + "/" + ab + "/s1/f1", []string{"vaults", "items", "fields"}},
		"op://Work/" + ab + "/other/k%C3%A4y":    {"op://" + work + "/" + ab + "/s2/f4", []string{"vaults", "fields"}},
		"op://Work/" + ab + "/%C3%84dmin/f3":     {"op://" + work + "/" + ab + "/s1/f3", []string{"vaults", "fields"}},
	} {
		s := newFakeCatalog()
		r, err := read(ref(t, text), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := newLookup(s, true).identify(t.Context(), r)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if diff := cmp.Diff(c.asked, s.asked); diff != "" {
			t.Errorf("%s asks: %s", text, diff)
		}
	}
}

func TestIdentify_TellsAbsenceFromAmbiguity(t *testing.T) {
	for text, class := range map[string]secret.Class{
		"op://%C3%B6/i/f":                  secret.ClassNotFound,
		"op://Work/%28y%29/f":              secret.ClassNotFound,
		"op://Work/%28x%29/f":              secret.ClassNotFound, // in another vault
		"op://Work/a%2Fb/%C3%B6":           secret.ClassNotFound,
		"op://Work/a%2Fb/%C3%B6/p%C3%A4ss": secret.ClassNotFound,
		"op://%C3%A4/i/f":                  secret.ClassConflict,
		"op://twin/%28x%29/f":              secret.ClassConflict,
		"op://Work/a%2Fb/k%C3%A4y":         secret.ClassConflict,
		"op://Work/a%2Fb/odd%5Bid%5D":      secret.ClassUnsupported,
	} {
		r, err := read(ref(t, text), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newLookup(newFakeCatalog(), true).identify(t.Context(), r); secret.ClassOf(err) != class {
			t.Errorf("%s: %v", text, err)
		}
	}
	s := newFakeCatalog()
	s.fail = secret.ErrDenied
	r, _ := read(ref(t, "op://%C3%B6/i/f"), "")
	if _, err := newLookup(s, true).identify(t.Context(), r); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("a failure is an absence: %v", err)
	}
}

func TestIdentify_AsksOnceForManyNames(t *testing.T) {
	s := newFakeCatalog()
	l := newLookup(s, true)
	for _, c := range []struct{ text, field string }{
		{"op://Work/a%2Fb/f", "f"}, {"op://Work/a%2Fb/g", "g"}, {"op://K%C3%A4se/%28x%29/f", "f"}, {"op://Work/%28y%29/f", ""},
		{"op://Work/a%2Fb/p%C3%A4ss", "f2"}, {"op://Work/a%2Fb/%C3%84dmin/p%C3%A4ss", "f1"},
		{"op://Work/a%2Fb/%C3%84dmin/k%C3%A4y", "f3"}, {"op://Work/a%2Fb/p%C3%A4ss", "f2"},
		{"op://Work/" + id("plain") + "/p%C3%A4ss", ""}, // has no fields
	} {
		r, _ := read(ref(t, c.text), "")
		held, err := l.identify(t.Context(), r)
		if (err == nil) != (c.field != "") || err == nil && held.field != c.field {
			t.Errorf("%s: %v, %v", c.text, held, err)
		}
	}
	if diff := cmp.Diff([]string{"vaults", "items", "items", "fields", "fields"}, s.asked); diff != "" {
		t.Error(diff)
	}
}
