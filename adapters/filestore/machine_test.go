package filestore

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/thv-secrets/thv/core/secret"
)

// TestStore_BehavesLikeAMap does the same to a store and to a map, in any order,
// also across reopening, changes of password, and an upgrade.
func TestStore_BehavesLikeAMap(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		folder, err := os.MkdirTemp(root, "store")
		if err != nil {
			rt.Fatal(err)
		}
		m := &machine{
			t: t, path: filepath.Join(folder, "s"), keys: newRing(), model: map[string]string{},
			format: rapid.SampledFrom([]Format{Format1, Format2}).Draw(rt, "format"),
		}
		m.reopen(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"":        m.same,
			"put":     m.put,
			"delete":  m.delete,
			"reopen":  m.reopen,
			"upgrade": m.upgrade,
			"rotate":  m.rotate,
		})
	})
}

type machine struct {
	t      *testing.T
	path   string
	keys   *ring
	format Format
	store  *Store
	model  map[string]string
}

var someName = rapid.StringMatching(`[a-d]{1,2}|ä|__thv_x_y`)

func (m *machine) reopen(*rapid.T) {
	m.store = open(m.t, Config{Path: m.path, Keys: m.keys, Format: m.format})
}

func (m *machine) put(rt *rapid.T) {
	name := someName.Draw(rt, "name")
	text := rapid.String().Draw(rt, "value")
	if m.format == Format2 {
		text = string(rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes"))
	}
	if err := m.store.Put(m.t.Context(), ref(m.t, name), value(text)); err != nil {
		rt.Fatal(err)
	}
	m.model[name] = text
}

func (m *machine) delete(rt *rapid.T) {
	name := someName.Draw(rt, "name")
	err := m.store.Delete(m.t.Context(), ref(m.t, name))
	if _, held := m.model[name]; held != (err == nil) || err != nil && !errors.Is(err, secret.ErrNotFound) {
		rt.Fatalf("delete of %s, which was held %v: %v", name, held, err)
	}
	delete(m.model, name)
}

func (m *machine) upgrade(rt *rapid.T) {
	switch err := m.store.Upgrade(m.t.Context()); {
	case err == nil:
		m.format = Format2
	case !errors.Is(err, secret.ErrNotFound):
		rt.Fatal(err)
	}
}

func (m *machine) rotate(rt *rapid.T) {
	next := Key{Password: GeneratePassword(), From: "the test", Keep: m.keys.keep}
	if rapid.Bool().Draw(rt, "typed") {
		next.Password = value(typed)
	}
	if err := m.store.ChangePassword(m.t.Context(), next); err != nil && !errors.Is(err, secret.ErrNotFound) {
		rt.Fatal(err)
	}
}

func (m *machine) same(rt *rapid.T) {
	var listed []string
	for info, err := range m.store.List(m.t.Context()) {
		if err != nil {
			rt.Fatal(err)
		}
		listed = append(listed, info.Name)
	}
	if want := slices.Sorted(maps.Keys(m.model)); !slices.Equal(listed, want) {
		rt.Fatalf("lists %q, want %q", listed, want)
	}
	for name, text := range m.model {
		got, err := m.store.Get(m.t.Context(), ref(m.t, name))
		if err != nil || !got.Equal(value(text)) {
			rt.Fatalf("get %s: %v", name, err)
		}
	}
}
