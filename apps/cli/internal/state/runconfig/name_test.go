package runconfig

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestNameOf_IsTheImagesLastPart(t *testing.T) {
	for image, want := range map[string]string{
		"server": "server", "registry:5000/example/server:1.2": "server", "example/server@sha256:" + strings.Repeat("01", 32): "server",
		"registry:5000/server": "server", "a/_.b c": "b-c", "é": "workload", "sha256:0123": "sha256", "": "workload",
		"a/" + strings.Repeat("x", 300): strings.Repeat("x", maxName),
	} {
		if got, err := New(t.TempDir()).NameOf(SaveTarget{}, workload.Spec{Image: image}); err != nil || got != want {
			t.Errorf("%q is %q, %v", image, got, err)
		}
	}
}

func TestNameOf_AnotherRepositoryHasAnotherName(t *testing.T) {
	s := New(t.TempDir())
	if err := s.save("server", workload.Spec{Image: "a/server:1"}); err != nil {
		t.Fatal(err)
	}
	same, err := s.NameOf(SaveTarget{}, workload.Spec{Image: "a/server:2"})
	if err != nil || same != "server" {
		t.Errorf("%q, %v", same, err)
	}
	other, err := s.NameOf(SaveTarget{}, workload.Spec{Image: "b/server:1"})
	again, _ := s.NameOf(SaveTarget{}, workload.Spec{Image: "b/server:2"})
	if err != nil || other == "server" || other != again || CheckName(other) != nil {
		t.Errorf("%q, %q, %v", other, again, err)
	}
}

func TestCheckName_RefusesWhatLeadsOut(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/a", "-a", "_a", ".a", "a b", "a\n", "é", "a:b", strings.Repeat("x", maxName+1)} {
		var usage *secret.UsageError
		if err := CheckName(name); !errors.As(err, &usage) {
			t.Errorf("%q: %v", name, err)
		}
		if err := New(t.TempDir()).save(name, workload.Spec{}); !errors.As(err, &usage) {
			t.Errorf("%q is saved: %v", name, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, text := range []string{"a/b:1@x", "..", "a/../b", "..:", "a\x00b", strings.Repeat("a", 200)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := New("state")
		if name := clean(text); CheckName(name) != nil {
			t.Errorf("%q becomes %q", text, name)
		}
		path, err := s.path(text)
		if err == nil && filepath.Dir(path) != s.folder {
			t.Errorf("%q is kept at %q", text, path)
		}
	})
}

func TestNameOf_TwoServersOfOneImageStayApart(t *testing.T) {
	s := New(t.TempDir())
	for _, server := range []string{"weather", "tides", "weather"} {
		name, err := s.NameOf(SaveTarget{Server: server}, workload.Spec{Image: "example/server:1"})
		if err != nil || name != server {
			t.Fatalf("%q, %v", name, err)
		}
		if err := s.save(name, workload.Spec{Image: "example/server:1"}); err != nil {
			t.Fatal(err)
		}
	}
	if name, err := s.NameOf(SaveTarget{Server: "tides"}, workload.Spec{Image: "other/server"}); err != nil || !strings.HasPrefix(name, "tides-") {
		t.Errorf("of another image: %q, %v", name, err)
	}
	if name, err := s.NameOf(SaveTarget{Server: "a name"}, workload.Spec{Image: "example/server"}); err != nil || CheckName(name) != nil {
		t.Errorf("%q, %v", name, err)
	}
}

func TestRepository_OfAnImagesIDIsTheID(t *testing.T) {
	one, other := "sha256:"+strings.Repeat("0a", 32), "sha256:"+strings.Repeat("0b", 32)
	if Repository(one) != one || Repository("sha256:latest") != "sha256" {
		t.Errorf("%q, %q", Repository(one), Repository("sha256:latest"))
	}
	s := New(t.TempDir())
	if kept, err := s.Keep(SaveTarget{}, workload.Spec{Image: one}); err != nil || kept.Name != "sha256-0a0a0a0a0a0a" {
		t.Errorf("%+v, %v", kept, err)
	}
	if kept, err := s.Keep(SaveTarget{}, workload.Spec{Image: other}); err != nil || kept.Name != "sha256-0b0b0b0b0b0b" {
		t.Errorf("%+v, %v", kept, err)
	}
}
