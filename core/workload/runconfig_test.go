package workload

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestReadSpec_ReadsWhatIsWritten(t *testing.T) {
	want := Spec{
		SchemaVersion: SchemaVersion, Name: "n", Image: "i", Command: []string{"a"}, Transport: "stdio",
		EnvVars: map[string]string{"A": "op://v/i/f"}, Secrets: []string{"api-key,target=API_KEY"},
	}
	text, err := json.MarshalIndent(want, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadSpec(strings.NewReader(string(text)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestReadSpec_TakesOlderAndUnknown(t *testing.T) {
	for _, text := range []string{`{}`, `{"schema_version": "v0.0.9"}`, `{"schema_version": "0.1.7", "unheard_of": {"a": [1]}}`} {
		if _, err := ReadSpec(strings.NewReader(text)); err != nil {
			t.Errorf("ReadSpec(%s): got error %v, want none", text, err)
		}
	}
}

func TestReadSpec_RefusesWithThePlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "empty"},
		{"{", "cut off"},
		{"{\n  \"image\": canary\n}", "line 2: not JSON"},
		{"{\n  \"secrets\": \"canary\"\n}", "line 2: secrets is no []string"},
		{"[]", "line 1"},
		{"{} {}", "line 1: text follows"},
		{"{\n\"image\": \"canary\",\n\"secrets\": [\"a\"", "line 3: cut off"},
		{"{\n\"image\": \"canary\",\n\"image\": \"b\"}", "line 3: duplicate field"},
		{"{\n\"env_vars\": {\"A\": \"1\",\n\"B\": {\"canary\": 1}}}", "line 3: env_vars is no map[string]string"},
		{`{"env_vars": {"canary=": "1"}}`, "env_vars: a name"},
		{`{"env_inherit": ["A", "canary="]}`, "env_inherit: entry 2"},
		{`{"schema_version": "v1.0.0"}`, "later than v0.1.0"},
		{`{"schema_version": "v0.2.0"}`, "later than v0.1.0"},
		{`{"schema_version": "canary"}`, "later than v0.1.0"},
		{`{"name": "` + strings.Repeat("x", MaxSpecSize) + `"}`, "longer than"},
	} {
		_, err := ReadSpec(strings.NewReader(c.text))
		if !errors.Is(err, ErrInvalidSpec) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.40q: got %v, want ErrInvalidSpec: %s", c.text, err, c.want)
		}
	}
}

func TestReadSpec_BindingsAreThose(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"secrets": ["a", "b,target=A"]}`, "secret parameter 2: invalid reference: parameter 1 has the same target"},
		{`{"secrets": ["a", "canary=x"]}`, "secret parameter 2"},
		{`{"secrets": ["a,target=/../canary"]}`, "secret parameter 1"},
	} {
		_, err := ReadSpec(strings.NewReader(c.text))
		if !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want ErrInvalidRef: %s", c.text, err, c.want)
		}
	}
}

func TestWriteSpec_KeepsWhatItDoesNotKnow(t *testing.T) {
	const text = `{
  "schema_version": "v0.0.9", "Image": "another field", "big": 12345678901234567890.10,
  "image": "i", "later": {"b": [1, null, {"<&>": "é\u2028"}], "a": {}}, "empty": null
}`
	spec, err := ReadSpec(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var written strings.Builder
	if err := WriteSpec(&written, spec); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "schema_version": "v0.1.0",
  "image": "i",
  "Image": "another field",
  "big": 12345678901234567890.10,
  "empty": null,
  "later": {
    "b": [
      1,
      null,
      {
        "<&>": "é\u2028"
      }
    ],
    "a": {}
  }
}
`
	if written.String() != want {
		t.Errorf("written is %s", written.String())
	}
	if got := strings.Join(spec.Unknown(), " "); got != "Image big empty later" {
		t.Errorf("unknown are %s", got)
	}
}

// TestSpec_HoldsNoValue says by types that no resolved value can be saved: every
// field is made of strings and numbers, and none of a secret.Value or of an
// Environment. Neither can be marshalled into the unknown ones.
func TestSpec_HoldsNoValue(t *testing.T) {
	plain := map[string]bool{
		"string": true, "bool": true, "int": true, "int64": true, "float64": true,
		"[]string": true, "map[string]string": true, "[]workload.Requirement": true,
	}
	for _, saved := range []reflect.Type{reflect.TypeFor[Spec](), reflect.TypeFor[Requirement]()} {
		for field := range saved.Fields() {
			if field.IsExported() && !plain[field.Type.String()] || !field.IsExported() && field.Name != "unknown" {
				t.Errorf("%s is a %s", field.Name, field.Type)
			}
		}
	}
	if _, err := json.Marshal(NewEnvironment(nil)); err == nil {
		t.Error("an environment is marshalled")
	}
}

func FuzzReadSpec(f *testing.F) {
	f.Add(`{"schema_version": "v0.1.0", "secrets": ["a"]}`)
	f.Add(`{"secrets": 1}`)
	f.Add(`{"later": {"a": [1.50, "<"]}, "é": null, "env_inherit": ["A"], "env_files": ["f"], "cpus": 1e3}`)
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := ReadSpec(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrInvalidSpec) && !errors.Is(err, secret.ErrInvalidRef) {
				t.Errorf("got %v, want ErrInvalidSpec or ErrInvalidRef", err)
			}
			return
		}
		var first, second strings.Builder
		if err := WriteSpec(&first, spec); err != nil {
			t.Fatal(err)
		}
		again, err := ReadSpec(strings.NewReader(first.String()))
		if err != nil && first.Len() <= MaxSpecSize {
			t.Fatalf("%q cannot be read again: %v", first.String(), err)
		}
		if err := WriteSpec(&second, again); err == nil && first.String() != second.String() && first.Len() <= MaxSpecSize {
			t.Errorf("%q becomes %q", first.String(), second.String())
		}
		if len(spec.Unknown()) != len(again.Unknown()) && first.Len() <= MaxSpecSize {
			t.Errorf("of %q only %q is left", spec.Unknown(), again.Unknown())
		}
	})
}

func TestReadOwnSpec_AloneTakesTheSystemsSecrets(t *testing.T) {
	const text = `{"secrets": ["__thv_weather_API_KEY,target=API_KEY"]}`
	spec, err := ReadOwnSpec(strings.NewReader(text))
	if err != nil || len(spec.Secrets) != 1 {
		t.Errorf("got %v, %v, want one secret", spec.Secrets, err)
	}
	if _, err := ReadSpec(strings.NewReader(text)); !errors.Is(err, secret.ErrInvalidRef) {
		t.Errorf("one from elsewhere: %v", err)
	}
}

func TestReadSpec_RequirementsSurviveAndHaveNames(t *testing.T) {
	want := []Requirement{{Name: "KEY", Description: "a key", Required: true, Secret: true}, {Name: "MODE", Default: "x"}}
	var text strings.Builder
	if err := WriteSpec(&text, Spec{Image: "i", Requirements: want}); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSpec(strings.NewReader(text.String()))
	if err != nil || !slices.Equal(want, got.Requirements) {
		t.Errorf("got %+v, %v, want %+v", got.Requirements, err, want)
	}
	for _, bad := range []string{`{"name": ""}`, `{"name": "A=B"}`, `{"name": "A", "default": "\u0000"}`} {
		if _, err := ReadSpec(strings.NewReader(`{"requirements": [` + bad + `]}`)); !errors.Is(err, ErrInvalidSpec) {
			t.Errorf("%s: got %v, want ErrInvalidSpec", bad, err)
		}
	}
}

func TestWithUnknownOf_OwnFieldsWin(t *testing.T) {
	read := func(text string) Spec {
		spec, err := ReadSpec(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	there, spec := read(`{"image": "a", "x": 1, "y": 2}`), read(`{"image": "b", "y": 3}`)
	var text strings.Builder
	if err := WriteSpec(&text, spec.WithUnknownOf(there)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(text.String()), ""); got != `{"schema_version":"v0.1.0","image":"b","x":1,"y":3}` {
		t.Error(got)
	}
}
