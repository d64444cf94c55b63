package workload

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
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
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadSpec_TakesOlderAndUnknown(t *testing.T) {
	for _, text := range []string{`{}`, `{"schema_version": "v0.0.9"}`, `{"schema_version": "0.1.7", "unheard_of": {"a": [1]}}`} {
		if _, err := ReadSpec(strings.NewReader(text)); err != nil {
			t.Errorf("%s: %v", text, err)
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
		{"{} {}", "follows"},
		{`{"schema_version": "v1.0.0"}`, "later than v0.1.0"},
		{`{"schema_version": "v0.2.0"}`, "later than v0.1.0"},
		{`{"schema_version": "canary"}`, "later than v0.1.0"},
		{`{"name": "` + strings.Repeat("x", MaxSpecSize) + `"}`, "longer than"},
	} {
		_, err := ReadSpec(strings.NewReader(c.text))
		if !errors.Is(err, ErrInvalidSpec) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.40q: %v", c.text, err)
		}
	}
}

func FuzzReadSpec(f *testing.F) {
	f.Add(`{"schema_version": "v0.1.0", "secrets": ["a"]}`)
	f.Add(`{"secrets": 1}`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ReadSpec(strings.NewReader(text)); err != nil && !errors.Is(err, ErrInvalidSpec) {
			t.Errorf("%v", err)
		}
	})
}
