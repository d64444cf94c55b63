package runconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

// plant writes a file as name, as another program or a user would.
func plant(t *testing.T, s *Store, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *Store) save(name string, spec workload.Spec) error {
	if err := CheckName(name); err != nil {
		return err
	}
	_, err := s.Keep(SaveTarget{Name: name}, spec)
	return err
}

func TestKeep_OfManyAtOnceLosesNoImage(t *testing.T) {
	state := t.TempDir()
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			if _, err := New(state).Keep(SaveTarget{}, workload.Spec{Image: fmt.Sprintf("%d/server", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s := New(state)
	names, err := s.List()
	images := map[string]bool{}
	for _, name := range names {
		spec, err := s.Load(name)
		if err != nil {
			t.Error(err)
		}
		images[spec.Image] = true
	}
	if err != nil || len(images) != 16 {
		t.Errorf("saved are %v, %v", images, err)
	}
}

func TestKeep_LeavesAnotherProgramsFields(t *testing.T) {
	s := New(t.TempDir())
	path := plant(t, s, "server.json", `{"image": "example/server:1", "group": "default", "port": 31415, "volumes": ["a:/a"]}`)
	if _, err := s.Keep(SaveTarget{}, workload.Spec{Image: "example/server:2"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), `"group": "default"`) || strings.Contains(string(text), "volumes") {
		t.Errorf("%s, %v", text, err)
	}
	if err := s.save("server", workload.Spec{Image: "other/image"}); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(path); err != nil || strings.Contains(string(text), "group") {
		t.Errorf("of another image: %s, %v", text, err)
	}
}

func TestLoad_PortsOfStdioDoNotCount(t *testing.T) {
	s := New(t.TempDir())
	plant(t, s, "a.json", `{"image": "i", "transport": "stdio", "port": 31415, "target_port": 1}`)
	plant(t, s, "b.json", `{"image": "i", "transport": "sse", "port": 31415, "target_port": 1}`)
	if spec, err := s.Load("a"); err != nil || spec.Port != 0 || spec.TargetPort != 0 {
		t.Errorf("stdio: %+v, %v", spec, err)
	}
	if spec, err := s.Load("b"); err != nil || spec.Port != 31415 || spec.TargetPort != 1 {
		t.Errorf("sse: %+v, %v", spec, err)
	}
}

func TestKeep_WhatCannotBeReadIsNotLost(t *testing.T) {
	for _, text := range []string{"", "{", `{"schema_version": "v9.0.0"}`, `{"secrets": ["a b=c"]}`} {
		s := New(t.TempDir())
		path := plant(t, s, "server.json", text)
		kept, err := s.Keep(SaveTarget{}, workload.Spec{Image: "a/server"})
		if there, readErr := os.ReadFile(path); err != nil || kept.Name == "server" || string(there) != text || readErr != nil {
			t.Errorf("%q without a name: %+v, %v", text, kept, err)
		}
		for range 2 { // the second finds the first one aside
			plant(t, s, "server.json", text)
			kept, err = s.Keep(SaveTarget{Name: "server"}, workload.Spec{Image: "a/server"})
			aside, readErr := os.ReadFile(kept.Aside)
			if err != nil || readErr != nil || string(aside) != text {
				t.Errorf("%q with a name: %+v, %v, %v", text, kept, err, readErr)
			}
		}
		if !strings.HasSuffix(kept.Aside, "server.json.aside-2") {
			t.Errorf("aside is %s", kept.Aside)
		}
	}
}

func TestKeep_OneFromElsewhereTakesNoNameOfAnother(t *testing.T) {
	s := New(t.TempDir())
	own, from := workload.Spec{Image: "a/server:1"}, workload.Spec{Image: "a/server:2", SavedFrom: "/elsewhere.json"}
	for range 2 {
		if kept, err := s.Keep(SaveTarget{}, own); err != nil || kept.Name != "server" {
			t.Errorf("%+v, %v", kept, err)
		}
		if kept, err := s.Keep(SaveTarget{}, from); err != nil || !strings.HasPrefix(kept.Name, "server-") {
			t.Errorf("%+v, %v", kept, err)
		}
	}
	if names, err := s.List(); err != nil || len(names) != 2 {
		t.Errorf("saved are %v, %v", names, err)
	}
}
