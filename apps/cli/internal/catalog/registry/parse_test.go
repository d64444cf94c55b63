package registry

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const weather = `{
  "version": 3,
  "servers": {
    "weather": {
      "image": "example/weather:1",
      "args": ["--metric"],
      "transport": "sse",
      "target_port": 9000,
      "description": "The weather,\n\u001b[31mtoday",
      "permissions": {"network": {"outbound": [1, 2]}},
      "env_vars": [
        {"name": "API_KEY", "description": "Key of the service", "required": true, "secret": true, "hint": null},
        {"name": "UNITS", "default": "metric"}
      ],
      "tools": ["forecast"], "tags": null
    },
    "alpha": {"image": "example/alpha"}
  }
}`

func TestParse_ReadsWhatItKnowsAndPassesTheRest(t *testing.T) {
	r, err := Parse("a.json", []byte("\ufeff"+weather))
	if err != nil {
		t.Fatal(err)
	}
	want := []Server{
		{Name: "alpha", Image: "example/alpha", Transport: workload.TransportStdio},
		{
			Name: "weather", Description: `The weather, \x1b[31mtoday`, Image: "example/weather:1", Args: []string{"--metric"},
			Transport: workload.TransportSSE, TargetPort: 9000, Tools: []string{"forecast"},
			Requirements: []workload.Requirement{
				{Name: "API_KEY", Description: "Key of the service", Required: true, Secret: true},
				{Name: "UNITS", Default: "metric"},
			},
		},
	}
	if diff := cmp.Diff(want, r.Servers()); diff != "" {
		t.Error(diff)
	}
	for _, s := range want {
		if found, ok := r.Find(s.Name); !ok || found.Image != s.Image {
			t.Errorf("%s: %v, %v", s.Name, found, ok)
		}
	}
	if _, ok := r.Find("beta"); ok {
		t.Error("it finds what is not there")
	}
}

func TestParse_MistakesNameTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":          {"{\n  \"servers\": nil}", "r.json:2:15: this is not JSON"},
		"cut off":          {`{"servers": {`, "r.json:1:13: this is not JSON"},
		"more than one":    {"{\"servers\": {}}\n{}", "r.json:2:1: this is not JSON"},
		"a list":           {`[]`, "r.json:1:1: the registry: a list does not go here, an object does"},
		"no servers":       {"{}", "r.json:1:1: servers: is missing"},
		"servers":          {`{"servers": 1}`, "r.json:1:13: servers: a number does not go here, an object does"},
		"server":           {"{\"servers\": {\n \"a\": null}}", "r.json:2:7: servers.a: null does not go here, an object does"},
		"name":             {`{"servers": {"a b": {"image": "i"}}}`, `r.json:1:14: servers."a b": a server's name is`},
		"image":            {`{"servers": {"a": {}}}`, "r.json:1:19: servers.a.image: is missing"},
		"image's type":     {`{"servers": {"a": {"image": 1}}}`, "r.json:1:29: servers.a.image: a number does not go here, a text does"},
		"args":             {`{"servers": {"a": {"image": "i", "args": ["x", true]}}}`, "servers.a.args[1]: true or false does not go here, a text does"},
		"transport":        {`{"servers": {"a": {"image": "i", "transport": "smtp"}}}`, "servers.a.transport: is stdio, sse"},
		"port":             {`{"servers": {"a": {"image": "i", "target_port": 65536}}}`, "r.json:1:49: servers.a.target_port: is a port's number"},
		"port's type":      {`{"servers": {"a": {"image": "i", "target_port": "80"}}}`, "servers.a.target_port: a text does not go here, a number does"},
		"port's fraction":  {`{"servers": {"a": {"image": "i", "target_port": 1.5}}}`, "servers.a.target_port: is a port's number"},
		"env_vars":         {`{"servers": {"a": {"image": "i", "env_vars": {}}}}`, "servers.a.env_vars: an object does not go here, a list does"},
		"required":         {"{\"servers\": {\"a\": {\"image\": \"i\", \"env_vars\": [{\"name\": \"A\"},\n{\"name\": \"B\",\n  \"required\": \"canary\"}]}}}", "r.json:3:15: servers.a.env_vars[1].required: a text does not go here, true or false does"},
		"variable":         {`{"servers": {"a": {"image": "i", "env_vars": [{"name": "A B"}]}}}`, "servers.a.env_vars[0].name: is a variable's name"},
		"variable twice":   {`{"servers": {"a": {"image": "i", "env_vars": [{"name": "A"}, {"name": "A"}]}}}`, "servers.a.env_vars[1].name: is there a second time"},
		"default's type":   {`{"servers": {"a": {"image": "i", "env_vars": [{"name": "A", "default": 1}]}}}`, "servers.a.env_vars[0].default: a number"},
		"a server twice":   {`{"servers": {"a": {"image": "i"}, "a": {"image": "j"}}}`, "servers.a: is there a second time"},
		"a field twice":    {`{"servers": {"a": {"image": "i", "image": "j"}}}`, "servers.a.image: is there a second time"},
		"a port below 0":   {`{"servers": {"a": {"image": "i", "target_port": -1}}}`, "servers.a.target_port: is a port's number"},
		"default's NUL":    {`{"servers": {"a": {"image": "i", "env_vars": [{"name": "A", "default": "a\u0000b"}]}}}`, "servers.a.env_vars[0].default: holds a NUL"},
		"image as a flag":  {`{"servers": {"a": {"image": "--privileged"}}}`, "servers.a.image: is missing, or names no image"},
		"name as a flag":   {`{"servers": {"-a": {"image": "i"}}}`, `servers."-a": a server's name is`},
		"a long name":      {`{"servers": {"` + strings.Repeat("a", maxName+1) + `": {"image": "i"}}}`, "a server's name is"},
		"image like a key": {"{\"servers\": {\"a\": {\"image\": \"i\\nj\"}}}", "servers.a.image: is missing, or names no image"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("r.json", []byte(c.text))
			var usage *secret.UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v\nwant  %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("it repeats a value: %v", err)
			}
		})
	}
}

func TestParse_MistakesAreReportedAtOnce(t *testing.T) {
	_, err := Parse("r.json", []byte(`{"servers": {"a": {"image": 1}, "b": {"image": "i", "args": "x"}}}`))
	for _, want := range []string{"servers.a.image", "servers.b.args"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in %v", want, err)
		}
	}
}

func TestParse_ManyMistakesFitOnAScreen(t *testing.T) {
	_, err := Parse("r.json", []byte(`{"servers": {"a": {"image": "i", "args": [`+strings.Repeat("1, ", 1000)+`1]}}}`))
	if err == nil || strings.Count(err.Error(), "\n") != maxErrors-1 {
		t.Errorf("err = %v", err)
	}
}

func TestParse_LargerThanTheBoundIsRefused(t *testing.T) {
	if _, err := Parse("r.json", make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("err = %v", err)
	}
}

func TestBuiltIn_HasADozenServersWhoseSecretsAreNotInIt(t *testing.T) {
	r, err := Parse("built in", builtIn)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Servers()) < 12 {
		t.Errorf("%d servers", len(r.Servers()))
	}
	for _, s := range r.Servers() {
		if s.Description == "" {
			t.Errorf("%s has no description", s.Name)
		}
		for _, v := range s.Requirements {
			if v.Secret && v.Default != "" || v.Description == "" {
				t.Errorf("%s: %s", s.Name, v.Name)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(weather))
	f.Add([]byte(`{"servers": {"a": {"image": "i", "env_vars": [{"name": 1}]}}}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse("f", text)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			return
		}
		for _, s := range r.Servers() {
			if _, found := r.Find(s.Name); !found || !MayName(s.Name) || s.Image == "" {
				t.Errorf("%q", s.Name)
			}
		}
	})
}
