package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/fetch"
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const published = `[
 {"server": {"name": "io.github.example/weather", "description": "The\n weather", "version": "1.2.0",
   "packages": [{"registryType": "npm", "identifier": "x"}, {"registryType": "oci", "identifier": "ghcr.io/example/weather", "version": "1.2.0",
     "transport": {"type": "streamable-http", "url": "http://localhost:8081/mcp"},
     "packageArguments": [{"type": "positional", "value": "serve"}, {"type": "named", "name": "--units", "value": "metric"}, {"type": "named", "name": "--city", "value": "{city}"}],
     "environmentVariables": [{"name": "API_KEY", "description": "Key", "isRequired": true, "isSecret": true}, {"name": "MODE", "value": "fast"}, {"name": "LEVEL", "default": "info"}]}]},
  "_meta": {"io.modelcontextprotocol.registry/official": {"isLatest": true}}},
 {"server": {"name": "io.github.example/weather", "version": "1.0.0", "packages": [{"registryType": "oci", "identifier": "old:1"}]}},
 {"name": "io.example/tagged", "packages": [{"registryType": "oci", "identifier": "example/tagged:2", "version": "3", "transport": {"type": "stdio"}}]},
 {"name": "io.example/far", "remotes": [{"type": "sse", "url": "https://example.com"}]},
 {"name": "io.example/node", "packages": [{"registryType": "npm", "identifier": "x"}]},
 {"name": "io.example/mounted", "packages": [{"registryType": "oci", "identifier": "a:1", "runtimeArguments": [{"type": "named", "name": "-v"}]}]},
 {"name": "io.example/wrong", "packages": [{"registryType": "oci", "identifier": 1}]},
 {"name": "io.example/url", "packages": [{"registryType": "oci", "identifier": "https://example.com"}]},
 {"name": "io.example/twice", "packages": [{"registryType": "oci", "identifier": "a:1"}]},
 {"name": "io.other/twice", "packages": [{"registryType": "oci", "identifier": "b:1"}]}
]`

func TestParse_ReadsWhatTheOfficialRegistryPublishes(t *testing.T) {
	for form, text := range map[string]string{"a file": `{"data": {"servers": ` + published + `}}`, "an API": `{"servers": ` + published + `}`} {
		r, err := registry.Parse("r.json", []byte(text))
		if err != nil {
			t.Fatal(form, err)
		}
		want := []registry.Server{
			{Name: "tagged", Image: "example/tagged:2", Transport: "stdio"},
			{
				Name: "weather", Description: "The weather", Image: "ghcr.io/example/weather:1.2.0", Args: []string{"serve", "--units", "metric"},
				Transport: "streamable-http", TargetPort: 8081, Requirements: []workload.Requirement{
					{Name: "API_KEY", Description: "Key", Required: true, Secret: true}, {Name: "MODE", Default: "fast"}, {Name: "LEVEL", Default: "info"},
				},
			},
		}
		if diff := cmp.Diff(want, r.Servers()); diff != "" {
			t.Error(form, diff)
		}
		for name, want := range map[string]string{
			"far": "remote", "node": "package of another kind", "mounted": "runtimeArguments",
			"wrong": "identifier: a number", "url": "not an image", "twice": "io.example/twice, io.other/twice",
		} {
			if reason, found := r.Other(name); !found || !strings.Contains(reason, want) {
				t.Errorf("%s: %s: %q", form, name, reason)
			}
		}
	}
}

func TestParse_RemoteServersAndGroups(t *testing.T) {
	r, err := registry.Parse("r.json", []byte(`{"servers": {"a": {"image": "a:1"}}, "remote_servers": {"far": {"url": "https://example.com"}},
		"groups": [{"name": "g", "servers": {"b": {"image": "b:1"}}, "remote_servers": {"near": {}}}]}`))
	if err != nil || len(r.Servers()) != 2 {
		t.Fatal(r, err)
	}
	for _, name := range []string{"far", "near"} {
		if _, found := r.Other(name); !found {
			t.Errorf("%s is not known", name)
		}
	}
	if _, err := registry.Parse("r.json", []byte(`{"servers": {"a": {"image": "a:1"}}, "groups": [{"servers": {"a": {"image": "b:1"}}}]}`)); err == nil {
		t.Error("two servers have one name")
	}
}

// api answers as a registry's API does, a server a page.
func api(t *testing.T, names ...string) (address string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RequestURI())
		found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, r.URL.Query().Get("search")) })
		page := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &page)
		answer := map[string]any{"servers": []any{}, "metadata": map[string]any{"count": 1}}
		if page < len(found) {
			answer["servers"] = []any{map[string]any{"server": map[string]any{
				"name": found[page], "packages": []any{map[string]any{"registryType": "oci", "identifier": "a/b:1"}},
			}}}
		}
		if page+1 < len(found) {
			answer["metadata"] = map[string]any{"nextCursor": fmt.Sprint(page + 1)}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/registry/", asked
}

func TestLoad_AsksAnAPIPageByPageForTheNameOnly(t *testing.T) {
	address, asked := api(t, "io.example/one", "io.example/two", "io.example/three")
	s := registry.New(registry.Config{API: address, Cache: t.TempDir(), Fetch: fetch.Over(time.Minute), Note: func(text string) { t.Error(text) }})
	r, err := s.Load(context.Background(), "", "")
	if err != nil || len(r.Servers()) != 3 || len(*asked) != 3 {
		t.Fatalf("%+v, %v; asked %q", r, err, *asked)
	}
	if want := "/registry/v0.1/servers?limit=100&version=latest"; (*asked)[0] != want || (*asked)[2] != want+"&cursor=2" {
		t.Errorf("asked %q", *asked)
	}
	*asked = nil
	r, err = s.Load(context.Background(), "", "two")
	if err != nil || len(r.Servers()) != 1 || len(*asked) != 1 || !strings.Contains((*asked)[0], "search=two") {
		t.Errorf("%+v, %v; asked %q", r, err, *asked)
	}
}

// endless answers every page with text and the address of another page.
func endless(t *testing.T, text string) *registry.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"servers": [{"name": "io.example/a", "description": %q}], "metadata": {"nextCursor": "more"}}`, text)
	}))
	t.Cleanup(server.Close)
	return registry.New(registry.Config{API: server.URL, Cache: t.TempDir(), Fetch: fetch.Over(time.Minute)})
}

func TestLoad_AnAPIIsBounded(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("a", registry.MaxSize/3)} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		_, err := endless(t, text).Load(ctx, "", "")
		if !errors.Is(err, secret.ErrTooLarge) || strings.Contains(err.Error(), "pages") != (text == "") {
			t.Errorf("pages of %d bytes: %v", len(text), err)
		}
	}
}

func TestLoad_TakesTheConfigurationsKeysInOrder(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "local.json")
	if err := os.WriteFile(file, []byte(`{"servers": {"local": {"image": "a:1"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := api(t, "io.example/remote")
	for want, c := range map[string]registry.Config{
		"local":  {LocalPath: file},
		"remote": {LocalPath: file, API: address, Cache: folder, Fetch: fetch.Over(time.Minute)},
	} {
		r, err := registry.New(c).Load(context.Background(), "", "")
		if err != nil || len(r.Servers()) != 1 || r.Servers()[0].Name != want {
			t.Errorf("%s: %+v, %v", want, r, err)
		}
	}
	for _, c := range []registry.Config{{LocalPath: file + "x"}, {API: "http://example.com"}} {
		_, err := registry.New(c).Load(context.Background(), "", "")
		if err == nil || !strings.Contains(err.Error(), "local_registry_path: ") && !strings.Contains(err.Error(), "registry_api_url: ") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
