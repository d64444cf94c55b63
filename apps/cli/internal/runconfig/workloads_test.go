package runconfig

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/workload"
)

func (s *Store) ungrantedNames(t *testing.T, image string, names []string) ([]string, error) {
	t.Helper()
	missing, err := s.Ungranted(image, secrets(names...))
	return access.Names(missing), err
}

func (s *Store) elsewhereNames(t *testing.T, image string, names []string) ([]string, error) {
	t.Helper()
	missing, err := s.GrantedElsewhere(image, secrets(names...))
	return access.Names(missing), err
}

func secrets(names ...string) []access.Item {
	var bound []access.Binding
	for _, name := range names {
		bound = append(bound, access.Binding{Ref: name})
	}
	return access.Unusual(access.Request{Secrets: bound}.Items(), nil)
}

func request(user string, refs ...string) []access.Item {
	r := access.Request{Spec: workload.Spec{User: user}}
	for _, ref := range refs {
		r.Secrets = append(r.Secrets, access.Binding{Ref: ref, Target: "T_" + ref})
	}
	return r.Items()
}

func expectUngranted(t *testing.T, s *Store, name, image string, items []access.Item, want ...string) {
	t.Helper()
	missing, err := s.UngrantedTo(name, image, items)
	if diff := cmp.Diff(want, access.Names(missing)); diff != "" || err != nil {
		t.Errorf("%s of %s: %v %s", name, image, err, diff)
	}
}

func TestGrantTo_IsOfOneWorkloadWithOneImage(t *testing.T) {
	s := New(t.TempDir())
	if err := s.GrantTo("web", "image", access.Keys(request("root", "a"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Grant("image", access.Keys(request("", "b"))); err != nil { // of another workload
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a"))
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "b")
	expectUngranted(t, s, "web", "image:2", request("root", "a"), "a", "user://root")
	if err := s.GrantMoreTo("web", "image", access.Keys(request("", "b"))); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"))
	if err := s.GrantTo("web", "image", access.Keys(request("", "b"))); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "a", "user://root")
	if err := s.RevokeFrom("web"); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "a", "b", "user://root") // whatever the image has had
}

// What an earlier version has granted and saved starts without a question, once: what
// is there when its file is first written is migrated, and no other name.
func TestUngrantedTo_EarlierGrantsAreMigratedOnce(t *testing.T) {
	for damage, wants := range map[string][]string{"": {"b", "volume:///etc:/etc"}, `, "damaged": true`: {"b", "volume:///etc:/etc", "user://root", "arguments", "variable://PROXY"}} {
		state := t.TempDir()
		if err := os.WriteFile(filepath.Join(state, "grants.json"), []byte(`{"images": {"image": ["a", "volume:///data"]}`+damage+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		s := New(state)
		spec := workload.Spec{Image: "image", User: "root", Command: []string{"x"}, Volumes: []string{"/data:/data", "/etc:/etc"}, EnvVars: map[string]string{"PROXY": "p"}}
		if err := s.Save("web", spec); err != nil {
			t.Fatal(err)
		}
		items := access.Request{Spec: spec, Variables: spec.EnvVars, Secrets: []access.Binding{{Ref: "a", Target: "A"}, {Ref: "b", Target: "B"}}}.Items()
		all := access.Names(access.Unusual(items, nil))
		expectUngranted(t, s, "web", "image", items, wants...)
		expectUngranted(t, s, "other", "image", items, all...)
		if err := s.Grant("image", []string{"a"}); err != nil { // known, and yet written
			t.Fatal(err)
		}
		if err := s.Save("late", spec); err != nil {
			t.Fatal(err)
		}
		expectUngranted(t, s, "web", "image", items, wants...)
		expectUngranted(t, s, "late", "image", items, all...)
	}
}

// Without a file nothing was granted, whatever is saved.
func TestUngrantedTo_WithoutAFileNothingIsGranted(t *testing.T) {
	s := New(t.TempDir())
	if err := s.Save("web", workload.Spec{Image: "image", User: "root"}); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", request("root", "a"), "a", "user://root")
}
