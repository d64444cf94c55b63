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
	return access.Request{Secrets: bound}.Items()
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
	expectUngranted(t, s, "web", "image", request("root", "a", "b"), "a")
}

// What an earlier version has granted and saved starts without a question.
func TestUngrantedTo_EarlierGrantsCount(t *testing.T) {
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, "grants.json"), []byte(`{"images": {"image": ["a", "volume:///data"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(state)
	items := access.Request{
		Spec:    workload.Spec{User: "root", Command: []string{"x"}, Volumes: []string{"/data:/data", "/etc:/etc"}},
		Secrets: []access.Binding{{Ref: "a", Target: "A"}, {Ref: "b", Target: "B"}},
	}.Items()
	expectUngranted(t, s, "web", "image", items, "b", "volume:///etc")
	missing, err := s.Ungranted("image", items) // of a RunConfig from elsewhere
	if diff := cmp.Diff([]string{"b", "volume:///etc", "user://root", "arguments"}, access.Names(missing)); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if err := s.Grant("image", []string{"c"}); err != nil {
		t.Fatal(err)
	}
	expectUngranted(t, s, "web", "image", items, "b", "volume:///etc")
}
