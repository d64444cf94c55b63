package impact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// refs are bare names and references with a scheme.
func refs(t *testing.T, texts ...string) []secret.Ref {
	t.Helper()
	var all []secret.Ref
	for _, text := range texts {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ref)
	}
	return all
}

// search returns a Finder over the saved workloads, and its directory; those in running run.
func search(t *testing.T, saved map[string]workload.Spec, running ...string) (Finder, string) {
	t.Helper()
	state := t.TempDir()
	store := runconfig.New(state)
	for name, spec := range saved {
		if _, err := store.Keep(runconfig.SaveTarget{Name: name}, spec); err != nil {
			t.Fatal(err)
		}
	}
	return Finder{RunConfigs: store, Schemes: []string{"thv", "op"}, Running: func(name string) bool {
		return strings.Contains(" "+strings.Join(running, " ")+" ", " "+name+" ")
	}}, filepath.Join(state, "runconfigs")
}

func lines(workloads []Workload) []string {
	var all []string
	for _, w := range workloads {
		all = append(all, w.String())
	}
	return all
}

func TestFind_HasTheEffectOnEachWorkload(t *testing.T) {
	env := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(env, []byte("TOKEN=thv://api-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bound := []string{"api-key,target=API_KEY"}
	s, _ := search(t, map[string]workload.Spec{
		"github":  {Image: "a", Secrets: bound, OnSecretChange: "restart"},
		"fetch":   {Image: "a", Secrets: bound},
		"x":       {Image: "a", Secrets: bound, OnSecretChange: "restart"},
		"other":   {Image: "a", Secrets: []string{"other,target=API_KEY"}, OnSecretChange: "restart"},
		"none":    {Image: "a"},
		"by-file": {Image: "a", EnvFiles: []string{env}},
		"by-var":  {Image: "a", EnvVars: map[string]string{"A": "thv://api-key", "B": "api-key"}},
		"signals": {Image: "a", Secrets: []string{"api-key,target=/run/secrets/key", "thv://api-key,target=KEY"}, OnSecretChange: "signal=HUP"},
	}, "github", "fetch", "other", "signals")
	all := refs(t, "api-key", "thv://api-key")
	workloads, unreadable := s.Find(Stored, all)
	want := []string{
		"by-file (stopped) gets it at its next start",
		"by-var (stopped) gets it at its next start",
		"fetch (running) keeps the old value until: thv restart fetch",
		"github (running) restarts, if this value is new to it",
		"signals (running) gets the signal HUP, if this value is new to it, and keeps the old one in KEY until: thv restart signals",
		"x (stopped) gets it at its next start",
	}
	if diff := cmp.Diff(want, lines(workloads)); diff != "" || len(unreadable) > 0 {
		t.Errorf("%s%v", diff, unreadable)
	}
	workloads, _ = s.Find(Deleted, all[:1])
	want = []string{
		"fetch (running) keeps the value until it ends, and does not find it at its next start",
		"github (running) keeps the value until it ends, and does not find it at its next start",
		"signals (running) keeps the value until it ends, and does not find it at its next start",
		"x (stopped) does not find it at its next start",
	}
	if diff := cmp.Diff(want, lines(workloads)); diff != "" {
		t.Error(diff)
	}
}

func TestFind_HasSystemSecretsToo(t *testing.T) {
	s, _ := search(t, map[string]workload.Spec{"github": {Image: "a", Secrets: []string{"__thv_github_TOKEN,target=TOKEN"}}})
	ref, err := secret.ParseSystemRef("__thv_github_TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	if workloads, _ := s.Find(Deleted, []secret.Ref{ref}); len(workloads) != 1 {
		t.Errorf("%v", workloads)
	}
}

// A damaged file hides no other workload, and is named, unless its workload is known to
// use the secret.
func TestFind_SkipsWhatCannotBeRead(t *testing.T) {
	s, folder := search(t, map[string]workload.Spec{
		"good":    {Image: "a", Secrets: []string{"api-key,target=API_KEY"}},
		"no-file": {Image: "a", EnvFiles: []string{"/absent/.env"}},
		"known":   {Image: "a", Secrets: []string{"api-key,target=API_KEY"}, EnvFiles: []string{"/absent/.env"}},
	})
	damaged := filepath.Join(folder, "bad.json")
	if err := os.WriteFile(damaged, []byte(`{"image": `), 0o600); err != nil {
		t.Fatal(err)
	}
	workloads, unreadable := s.Find(Stored, refs(t, "api-key"))
	if diff := cmp.Diff([]string{"good (stopped) gets it at its next start", "known (stopped) gets it at its next start"}, lines(workloads)); diff != "" || len(unreadable) != 2 {
		t.Fatalf("%s%v", diff, unreadable)
	}
	if !strings.Contains(unreadable[0].Error(), damaged) || !strings.Contains(unreadable[1].Error(), "/absent/.env") {
		t.Errorf("%v", unreadable)
	}
}

func TestFind_IsEmptyIfNothingIsSaved(t *testing.T) {
	s := Finder{RunConfigs: runconfig.New(filepath.Join(t.TempDir(), "absent"))}
	if workloads, unreadable := s.Find(Stored, refs(t, "api-key")); len(workloads)+len(unreadable) > 0 {
		t.Errorf("%v, %v", workloads, unreadable)
	}
}
