package env

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// environment is one that a test can change.
type environment struct {
	mu   sync.RWMutex
	vars map[string]string
}

func (e *environment) lookup(name string) (string, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	value, ok := e.vars[name]
	return value, ok
}

func (e *environment) set(name, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.vars[name] = value
}

func with(t testing.TB, vars map[string]string) *Provider {
	t.Helper()
	p, err := New(Config{Lookup: (&environment{vars: vars}).lookup})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var ref = providertest.MustRef

func TestConformance(t *testing.T) {
	var behind *environment
	providertest.Run(t, providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			behind = &environment{vars: map[string]string{}}
			p, err := New(Config{Lookup: behind.lookup})
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
		Seed: func(_ testing.TB, _ provider.Provider, ref secret.Ref, value secret.Value) {
			name := ref.Path()
			if ref.Bare() {
				name = DefaultPrefix + name
			}
			behind.set(name, string(value.Bytes()))
		},
		Present:    []secret.Ref{ref(t, "api-key"), ref(t, "OTHER"), ref(t, "env://TOKEN")},
		Missing:    ref(t, "missing"),
		Unreadable: []secret.Ref{ref(t, "env://not-a-name"), ref(t, "env://1A"), ref(t, "env://A=B")},
		Unholdable: []secret.Ref{ref(t, "name=value")},
		// A variable holds no NUL, and an empty one counts as not there.
		Values: []secret.Value{
			secret.NewValue([]byte("two\nlines\n")), secret.NewValue([]byte(" spaces ")), secret.NewValue([]byte("\xff no text")),
		},
	})
}

func TestGet_LooksUpAsWrittenThenInUpperCase(t *testing.T) {
	for name, c := range map[string]struct {
		vars map[string]string
		ask  string
		want string
	}{
		"as written":       {map[string]string{"TOOLHIVE_SECRET_api-key": "1"}, "api-key", "1"},
		"upper case":       {map[string]string{"TOOLHIVE_SECRET_API_KEY": "2"}, "api-key", "2"},
		"both, the same":   {map[string]string{"TOOLHIVE_SECRET_api-key": "3", "TOOLHIVE_SECRET_API_KEY": "3"}, "api-key", "3"},
		"empty as written": {map[string]string{"TOOLHIVE_SECRET_api-key": "", "TOOLHIVE_SECRET_API_KEY": "4"}, "api-key", "4"},
		"empty upper case": {map[string]string{"TOOLHIVE_SECRET_api-key": "5", "TOOLHIVE_SECRET_API_KEY": ""}, "api-key", "5"},
		"one and the same": {map[string]string{"TOOLHIVE_SECRET_TOKEN": "6"}, "TOKEN", "6"},
		"literal":          {map[string]string{"TOKEN": "7", "TOOLHIVE_SECRET_TOKEN": "x"}, "env://TOKEN", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := with(t, c.vars).Get(t.Context(), ref(t, c.ask))
			if err != nil || string(got.Bytes()) != c.want {
				t.Errorf("%d bytes, %v", got.Len(), err)
			}
		})
	}
}

func TestGet_EmptyIsNotFound(t *testing.T) {
	p := with(t, map[string]string{"TOOLHIVE_SECRET_A": "", "TOKEN": ""})
	for _, text := range []string{"a", "A", "env://TOKEN"} {
		if _, err := p.Get(t.Context(), ref(t, text)); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGet_TwoDifferentValuesAreAConflictThatNamesBoth(t *testing.T) {
	p := with(t, map[string]string{"TOOLHIVE_SECRET_api-key": "Hunter2", "TOOLHIVE_SECRET_API_KEY": "Hunter3"})
	value, err := p.Get(t.Context(), ref(t, "api-key"))
	if !errors.Is(err, secret.ErrConflict) || value.Len() != 0 {
		t.Fatalf("%d bytes, %v", value.Len(), err)
	}
	for _, name := range []string{"TOOLHIVE_SECRET_api-key", "TOOLHIVE_SECRET_API_KEY"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "Hunter") {
		t.Error("the error tells a value")
	}
}

func TestNew_NeedsALookupAndTakesAPrefix(t *testing.T) {
	if p, err := New(Config{}); err == nil || p != nil {
		t.Errorf("without a lookup: %v", err)
	}
	behind := &environment{vars: map[string]string{"MY_A": "1", "TOOLHIVE_SECRET_A": "x"}}
	p, err := New(Config{Lookup: behind.lookup, Prefix: "MY_"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Get(t.Context(), ref(t, "a")); err != nil || string(got.Bytes()) != "1" {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
}

// TestProvider_CannotEnumerate proves that it is no matter of configuration:
// there is no method but Get, and nothing inside that could list.
func TestProvider_CannotEnumerate(t *testing.T) {
	kind := reflect.TypeFor[*Provider]()
	if kind.NumMethod() != 1 || kind.Method(0).Name != "Get" {
		t.Errorf("%v has %d methods", kind, kind.NumMethod())
	}
	if c := provider.Capabilities(&Provider{}); c != 0 {
		t.Errorf("it can %v", c)
	}
	lookup := reflect.TypeFor[func(string) (string, bool)]()
	config := reflect.TypeFor[Config]()
	for i := range config.NumField() {
		if field := config.Field(i); field.Type != lookup && field.Type.Kind() != reflect.String {
			t.Errorf("%s could hold an environment", field.Name)
		}
	}
}

func TestGet_AsksForTheNamedVariablesOnly(t *testing.T) {
	asked := map[string]bool{}
	p, err := New(Config{Lookup: func(name string) (string, bool) {
		asked[name] = true
		return "", false
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"api-key", "env://TOKEN", "op://v/i/f", "env://a b"} {
		_, _ = p.Get(t.Context(), ref(t, text))
	}
	want := map[string]bool{"TOOLHIVE_SECRET_api-key": true, "TOOLHIVE_SECRET_API_KEY": true, "TOKEN": true}
	if !maps.Equal(asked, want) {
		t.Errorf("asked for %v", asked)
	}
}
