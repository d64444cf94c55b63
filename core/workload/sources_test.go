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
		t.Errorf("%q", got)
	}
}

func TestTransportVariables_TellThePortWhereThereIsOne(t *testing.T) {
	if got := TransportVariables("stdio", 0); !maps.Equal(got, map[string]string{"MCP_TRANSPORT": "stdio"}) {
		t.Errorf("%q", got)
	}
	want := map[string]string{"MCP_TRANSPORT": "sse", "MCP_PORT": "8080", "FASTMCP_PORT": "8080"}
	if got := TransportVariables("sse", 8080); !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestParseFlags_NameAloneIsLookedUp(t *testing.T) {
	lookup := func(name string) (string, bool) { return "from outside", name == "SET" || name == "A" }
	got, err := ParseFlags([]string{"A=1", "SET", "UNSET", "B=", "C=x=y", "A=2"}, lookup)
	want := map[string]string{"A": "2", "SET": "from outside", "B": "", "C": "x=y"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestParseFlags_ErrorsNameAllPositionsAndNoText(t *testing.T) {
	_, err := ParseFlags([]string{"A=1", "Hunter2 =x", "=Hunter2", "B=Hunter2\x00", "2Hunter2"}, nil)
	if err == nil {
		t.Fatal("all are accepted")
	}
	for _, want := range []string{"parameter 2", "parameter 3", "parameter 4", "parameter 5"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "Hunter2") || strings.Contains(err.Error(), "parameter 1:") {
		t.Errorf("%q", err)
	}
}

func TestReferences_AreValuesWithAKnownScheme(t *testing.T) {
	vars := map[string]string{
		"A": "thv://api-key", "B": "https://example.com/x", "C": "op://v/i/f", "D": "plain", "E": "see thv://x", "F": "",
	}
	got, err := References(vars, []string{"thv", "op"})
	if err != nil || len(got) != 2 || got["A"].String() != "thv://api-key" || got["C"].String() != "op://v/i/f" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = References(map[string]string{"BAD": "thv://", "WORSE": "thv://x\nHunter2"}, []string{"thv"})
	if !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), "BAD") || !strings.Contains(err.Error(), "WORSE") {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), "Hunter2") {
		t.Errorf("%q repeats a value", err)
	}
}
