package workload

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

const canary = "Hunter2-canary"

func environment(t *testing.T) Environment {
	t.Helper()
	e := NewEnvironment(map[string]string{"PLAIN": "x", "KEY": "replaced"})
	if err := e.SetSecret("KEY", secret.NewValue([]byte(canary))); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEnvironment_HandsOnSortedPlaintext(t *testing.T) {
	e := environment(t)
	if got := e.Strings(); !slices.Equal(got, []string{"KEY=" + canary, "PLAIN=x"}) {
		t.Errorf("%d variables", len(got))
	}
	if got := e.Names(); !slices.Equal(got, []string{"KEY", "PLAIN"}) {
		t.Errorf("Names: got %q, want KEY and PLAIN", got)
	}
	if got := e.Secrets(); len(got) != 1 || string(got[0].Bytes()) != canary {
		t.Errorf("%d secrets", len(got))
	}
}

func TestEnvironment_PrintsNoSecret(t *testing.T) {
	e := environment(t)
	type outer struct {
		Shown  Environment
		hidden Environment
		behind *Environment
	}
	var printed bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, x := range []any{e, &e, outer{e, e, &e}, &outer{e, e, &e}, []Environment{e}, map[string]*Environment{"e": &e}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			fmt.Fprintf(&printed, verb+"\n", x)
		}
		log.Info("run", "environment", x)
		if text, err := json.Marshal(x); err == nil {
			printed.Write(text)
			t.Errorf("%T is marshalled to JSON", x)
		}
		if text, err := xml.Marshal(x); err == nil {
			printed.Write(text)
		}
		_ = gob.NewEncoder(&printed).Encode(x)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(printed.String(), form) {
			t.Errorf("a secret is printed as %q in\n%s", form, &printed)
		}
	}
	if !strings.Contains(printed.String(), "environment of [KEY PLAIN]") {
		t.Error("the names are not printed")
	}
}

func TestSetSecret_RefusesWhatNoEnvironmentHolds(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		class error
	}{
		"NUL":      {canary + "\x00", secret.ErrUnsupported},
		"too long": {canary + strings.Repeat("x", MaxEnvValue), secret.ErrTooLarge},
	} {
		var e Environment
		err := e.SetSecret("KEY", secret.NewValue([]byte(c.value)))
		if !errors.Is(err, c.class) || len(e.Names()) != 0 {
			t.Errorf("%s: got %v, want %v and no variable", name, err, c.class)
			continue
		}
		if strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "KEY") || !strings.Contains(err.Error(), "target=/path") {
			t.Errorf("%s: got %q, want the name and target=/path, and no value", name, err)
		}
	}
	var e Environment
	if err := e.SetSecret("KEY", secret.NewValue(bytes.Repeat([]byte("x"), MaxEnvValue-len("KEY=\x00")))); err != nil {
		t.Errorf("the longest value: %v", err)
	}
}

func TestNewEnvironment_CopiesItsMap(t *testing.T) {
	plain := map[string]string{"A": "1"}
	e := NewEnvironment(plain)
	plain["B"] = "2"
	if got := e.Names(); len(got) != 1 {
		t.Errorf("Names: got %q, want one name", got)
	}
}

func TestSpec_IsSavedWithTheNamesOfARunConfig(t *testing.T) {
	spec := Spec{
		SchemaVersion: SchemaVersion, Name: "fetch", Image: "mcp/fetch", Command: []string{"-v"},
		EnvVars: map[string]string{"A": "thv://a"}, Secrets: []string{"api-key,target=API_KEY"},
	}
	text, err := json.Marshal(spec)
	want := `{"schema_version":"v0.1.0","name":"fetch","image":"mcp/fetch","cmd_args":["-v"],` +
		`"env_vars":{"A":"thv://a"},"secrets":["api-key,target=API_KEY"]}`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}

// A Spec is what may be saved, so no part of it may hold a value.
func TestSpec_HasNoPlaceForAValue(t *testing.T) {
	text := fmt.Sprintf("%#v", Spec{})
	for _, kind := range []string{"secret.Value", "Environment"} {
		if strings.Contains(text, kind) {
			t.Errorf("a Spec holds a %s", kind)
		}
	}
}
