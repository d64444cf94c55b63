package workload

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestMerge_LaterSourceWins(t *testing.T) {
	sources := []struct {
		name string
		set  func(*Sources, map[string]string)
	}{
		{"first file", func(s *Sources, m map[string]string) { s.Files = append(s.Files, m) }},
		{"second file", func(s *Sources, m map[string]string) { s.Files = append(s.Files, m) }},
		{"dir", func(s *Sources, m map[string]string) { s.Dir = m }},
		{"defaults", func(s *Sources, m map[string]string) { s.Defaults = m }},
		{"flags", func(s *Sources, m map[string]string) { s.Flags = m }},
		{"transport", func(s *Sources, m map[string]string) { s.Transport = m }},
	}
	var s Sources
	for i, source := range sources {
		source.set(&s, map[string]string{"SHARED": source.name, "OWN_" + string(rune('A'+i)): source.name})
		merged := s.Merge()
		if merged["SHARED"] != source.name || len(merged) != i+2 {
			t.Errorf("up to %s: %q", source.name, merged)
		}
	}
	flags := maps.Clone(s.Flags)
	s.Merge()["SHARED"] = "changed"
	if !maps.Equal(flags, s.Flags) {
		t.Error("a merged map is a source's own")
	}
}

func TestMerge_SecretWinsOverAll(t *testing.T) {
	e := NewEnvironment(Sources{Transport: map[string]string{"MCP_PORT": "1"}}.Merge())
	if err := e.SetSecret("MCP_PORT", secret.NewValue([]byte("2"))); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(e.Strings(), " "); got != "MCP_PORT=2" {
		t.Errorf("got %q, want MCP_PORT=2", got)
	}
}

func TestTransportVariables_TellThePortWhereThereIsOne(t *testing.T) {
	if got := TransportVariables("stdio", 0); !maps.Equal(got, map[string]string{"MCP_TRANSPORT": "stdio"}) {
		t.Errorf("got %q, want only MCP_TRANSPORT", got)
	}
	want := map[string]string{"MCP_TRANSPORT": "sse", "MCP_PORT": "8080", "FASTMCP_PORT": "8080"}
	if got := TransportVariables("sse", 8080); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseFlags_NameAloneIsLookedUp(t *testing.T) {
	lookup := func(name string) (string, bool) { return "from outside", name == "SET" || name == "A" }
	got, err := ParseFlags([]string{"A=1", "SET", "UNSET", "B=", "C=x=y", "A=2"}, lookup)
	want := map[string]string{"A": "2", "SET": "from outside", "B": "", "C": "x=y"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestParseFlags_ErrorsNameAllPositionsAndNoText(t *testing.T) {
	_, err := ParseFlags([]string{"A=1", "Hunter2 =x", "=Hunter2", "B=Hunter2\x00", "#Hunter2"}, nil)
	if err == nil {
		t.Fatal("all are accepted")
	}
	for _, want := range []string{"parameter 2", "parameter 3", "parameter 4", "parameter 5"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "Hunter2") || strings.Contains(err.Error(), "parameter 1:") {
		t.Errorf("got %q, want an error without the value and parameter 1", err)
	}
}

func FuzzParseFlags(f *testing.F) {
	for _, param := range []string{"A=1", "A", "UNSET", "A=", "=x", "A=b=c", "2=x", "A=\x00", "A =x"} {
		f.Add(param, "x")
	}
	f.Fuzz(func(t *testing.T, param, outside string) {
		lookup := func(name string) (string, bool) { return outside, name != "UNSET" }
		name, value, given := strings.Cut(param, "=")
		vars, err := ParseFlags([]string{"FIRST=1", param}, lookup)
		if err == nil {
			want := map[string]string{"FIRST": "1"}
			switch {
			case given:
				want[name] = value
			case name != "UNSET":
				want[name] = outside
			}
			if !maps.Equal(vars, want) || !secret.ValidContainerEnvName(name) || strings.ContainsRune(value, 0) {
				t.Errorf("%q is read as %q, want %q", param, vars, want)
			}
		} else if !strings.Contains(err.Error(), "parameter 2") {
			t.Errorf("%q does not name the position", err)
		}
		const canary = "Hunter2-never-told"
		for _, with := range []string{param + canary, canary + param} {
			if _, err := ParseFlags([]string{with}, lookup); err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error repeats the input: %q", err)
			}
		}
	})
}

func FuzzReferences(f *testing.F) {
	for _, value := range []string{"thv://api-key", "op://v/i/f", "https://example.com/x", "thv://", "thv://x\n", "plain", "://", "", "thv://__thv_a_b"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		schemes := []string{"thv", "op"}
		refs, err := References(map[string]string{"A": value, "B": "thv://b"}, schemes)
		ours := strings.HasPrefix(value, "thv://") || strings.HasPrefix(value, "op://")
		ref, found := refs["A"]
		switch {
		case refs["B"].String() != "thv://b":
			t.Errorf("beside %q another reference is lost", value)
		case found && (err != nil || ref.String() != value || !ours):
			t.Errorf("%q is read as %v, %v", value, ref, err)
		case err != nil && (!strings.Contains(value, "://") || !errors.Is(err, secret.ErrInvalidRef)):
			t.Errorf("%q: got %v, want ErrInvalidRef for a reference only", value, err)
		case err == nil && found != ours:
			t.Errorf("%q is a reference: %t", value, found)
		}
		const canary = "Hunter2-never-told"
		if _, err := References(map[string]string{"A": value + canary}, schemes); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error repeats the input: %q", err)
		}
	})
}

func TestReferences_AreValuesWithAKnownScheme(t *testing.T) {
	vars := map[string]string{
		"A": "thv://api-key", "B": "https://example.com/x", "C": "op://v/i/f", "D": "plain", "E": "see other://x", "F": "",
	}
	got, err := References(vars, []string{"thv", "op"})
	if err != nil || len(got) != 2 || got["A"].String() != "thv://api-key" || got["C"].String() != "op://v/i/f" {
		t.Errorf("got %v, %v, want the references of A and C", got, err)
	}
	_, err = References(map[string]string{"BAD": "thv://", "WORSE": "thv://x\nHunter2"}, []string{"thv"})
	if !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), "BAD") || !strings.Contains(err.Error(), "WORSE") {
		t.Errorf("got %v, want ErrInvalidRef for BAD and WORSE", err)
	}
	if strings.Contains(err.Error(), "Hunter2") {
		t.Errorf("%q repeats a value", err)
	}
}
