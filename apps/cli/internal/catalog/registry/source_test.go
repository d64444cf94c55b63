package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/fetch"
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/core/secret"
)

// server serves a registry.
type server struct {
	*httptest.Server
	text, etag string
	status     int
	asked      []string // the If-None-Match of each request
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{text: entry("one"), etag: `"1"`, status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", s.etag)
		if s.status == http.StatusOK && r.Header.Get("If-None-Match") == s.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.text)
	}))
	t.Cleanup(s.Close)
	return s
}

func entry(name string) string {
	return fmt.Sprintf(`{"servers": {%q: {"image": "example/%s"}}}`, name, name)
}

// source is a new process's view of address, with what it said to the user.
func source(t *testing.T, address, cache string) (*registry.Source, *[]string) {
	t.Helper()
	var said []string
	return registry.New(registry.Config{
		URL: address, Cache: cache, Fetch: fetch.Over(5 * time.Second),
		Note: func(sentence string) { said = append(said, sentence) },
	}), &said
}

func has(t *testing.T, s *registry.Source, name string) {
	t.Helper()
	r, err := s.Load(context.Background(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, found := r.Find(name); !found {
		t.Errorf("%s is not in %v", name, r.Servers())
	}
}

func TestLoad_AnAddressIsAskedForWhatHasChanged(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	for range 2 {
		s, said := source(t, server.URL, cache)
		has(t, s, "one")
		if len(*said) > 0 {
			t.Errorf("it says %v", *said)
		}
	}
	server.text, server.etag = entry("two"), `"2"`
	s, _ := source(t, server.URL, cache)
	has(t, s, "two")
	if got := strings.Join(server.asked, " "); got != ` "1" "1"` {
		t.Errorf("asked with %s", got)
	}
}

func TestLoad_TheCopyIsUsedOfflineAndThatIsSaid(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	address := server.URL + "/r.json?token=canary"
	s, _ := source(t, address, cache)
	has(t, s, "one")

	server.status = http.StatusServiceUnavailable
	s, said := source(t, address, cache)
	has(t, s, "one")
	if len(*said) != 1 || !strings.Contains((*said)[0], "status 503") || strings.Contains((*said)[0], "canary") {
		t.Errorf("it says %q", *said)
	}

	server.Close()
	s, said = source(t, address, cache)
	has(t, s, "one")
	if len(*said) != 1 || !strings.Contains((*said)[0], "copy of") || strings.Contains((*said)[0], "canary") {
		t.Errorf("it says %q", *said)
	}
}

func TestLoad_OfflineWithoutACopyIsUnavailable(t *testing.T) {
	server := newServer(t)
	server.Close()
	s, _ := source(t, server.URL+"/r.json?token=canary", t.TempDir())
	_, err := s.Load(context.Background(), "", "")
	if secret.ClassOf(err) != secret.ClassUnavailable || strings.Contains(err.Error(), "canary") {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_AnAnswerThatIsNoRegistryIsAsNone(t *testing.T) {
	nonsense := map[string]string{ // and where the mistake is
		`{"servers": {"a": {"image": 1}}}`: ":1:29: servers.a.image",
		"<!DOCTYPE html>\n<p>Log in</p>":   ":1:1: this is not JSON",
		"{\n\"servers\": {":                ":2:12: this is not JSON",
		"[1, 2]":                           ":1:1: the registry",
		"":                                 ":1:1: this is not JSON",
	}
	for text, where := range nonsense {
		server, cache := newServer(t), t.TempDir()
		server.text, server.etag = text, `"2"`
		s, _ := source(t, server.URL, cache)
		var usage *secret.UsageError
		if _, err := s.Load(context.Background(), "", ""); !errors.As(err, &usage) || !strings.Contains(err.Error(), server.URL+where) {
			t.Errorf("%q without a copy: %v", text, err)
		}
		server.text, server.etag = entry("one"), `"1"`
		s, _ = source(t, server.URL, cache)
		has(t, s, "one")
		server.text, server.etag = text, `"2"`
		for range 2 { // it is not kept either
			s, said := source(t, server.URL, cache)
			has(t, s, "one")
			if len(*said) != 1 || !strings.Contains((*said)[0], where) || strings.Contains((*said)[0], "\n") {
				t.Errorf("%q: it says %q", text, *said)
			}
		}
	}
}

func TestLoad_ADamagedCopyIsFetchedAgain(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	s, _ := source(t, server.URL, cache)
	has(t, s, "one")
	files, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(files[0], []byte(`{"url": "`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ = source(t, server.URL, cache)
	has(t, s, "one")
	if got := server.asked[len(server.asked)-1]; got != "" {
		t.Errorf("asked with %s", got)
	}
}

func TestLoad_AnAnswerIsBoundedInSize(t *testing.T) {
	server := newServer(t)
	server.text = strings.Repeat(" ", registry.MaxSize+1)
	s, _ := source(t, server.URL, t.TempDir())
	if _, err := s.Load(context.Background(), "", ""); !errors.Is(err, secret.ErrTooLarge) {
		t.Errorf("err = %v", err)
	}
	large := server.text
	server.text = entry("one")
	s, said := source(t, server.URL, t.TempDir())
	has(t, s, "one")
	server.text, server.etag = large, `"2"`
	has(t, s, "one")
	if len(*said) != 1 || !strings.Contains((*said)[0], "larger than 8 MiB") {
		t.Errorf("it says %q", *said)
	}
}

func TestLoad_AnAnswerIsBoundedInTime(t *testing.T) {
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hangs.Close()
	s := registry.New(registry.Config{URL: hangs.URL, Cache: t.TempDir(), Fetch: fetch.Over(20 * time.Millisecond)})
	if _, err := s.Load(context.Background(), "", ""); secret.ClassOf(err) != secret.ClassUnavailable {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_RedirectsToPlainHTTPAreNotFollowed(t *testing.T) {
	server := newServer(t)
	away := httptest.NewServer(http.RedirectHandler("http://registry.invalid/", http.StatusFound))
	defer away.Close()
	near := httptest.NewServer(http.RedirectHandler(server.URL, http.StatusFound))
	defer near.Close()
	s, _ := source(t, near.URL, t.TempDir())
	has(t, s, "one")
	s, _ = source(t, away.URL, t.TempDir())
	if _, err := s.Load(context.Background(), "", ""); err == nil || !strings.Contains(err.Error(), "redirects to an address") {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_RedirectsEnd(t *testing.T) {
	circle := httptest.NewServer(http.RedirectHandler("/", http.StatusFound))
	defer circle.Close()
	s, _ := source(t, circle.URL, t.TempDir())
	if _, err := s.Load(t.Context(), "", ""); err == nil || !strings.Contains(err.Error(), "redirects too often") {
		t.Errorf("err = %v", err)
	}
}

// A copy that is given another address's name is not that address's.
func TestLoad_ACopyOfAnotherAddressIsNotUsed(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	s, _ := source(t, server.URL, cache)
	has(t, s, "one")
	files, err := filepath.Glob(cache + "/registry-*.json")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[0], []byte(strings.Replace(string(text), server.URL, "http://localhost/", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	server.status = http.StatusServiceUnavailable
	if _, err := s.Load(t.Context(), "", ""); secret.ClassOf(err) != secret.ClassUnavailable {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_WhatCannotBeKeptIsSaidAndLeavesNothing(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	s, said := source(t, server.URL, cache)
	has(t, s, "one")
	files, err := filepath.Glob(cache + "/*")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := errors.Join(os.Remove(files[0]), os.MkdirAll(files[0]+"/full", 0o700)); err != nil { // no file can take its place
		t.Fatal(err)
	}
	has(t, s, "one")
	if len(*said) != 1 || !strings.Contains((*said)[0], "is not kept") {
		t.Errorf("it says %q", *said)
	}
	if entries, err := os.ReadDir(cache); err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestLoad_AnInterruptIsNoOutage(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	s, _ := source(t, server.URL, cache)
	has(t, s, "one")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Load(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_FlagThenPathThenAddressThenBuiltIn(t *testing.T) {
	folder := t.TempDir()
	write := func(name string) string {
		path := filepath.Join(folder, name+".json")
		if err := os.WriteFile(path, []byte(entry(name)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	server := newServer(t)
	c := registry.Config{Path: write("path"), URL: server.URL, Cache: t.TempDir(), Fetch: fetch.Over(time.Minute)}
	if r, err := registry.New(c).Load(context.Background(), write("flag"), ""); err != nil || r.Servers()[0].Name != "flag" {
		t.Errorf("flag: %v", err)
	}
	has(t, registry.New(c), "path")
	c.Path = ""
	has(t, registry.New(c), "one")
	c.URL = ""
	has(t, registry.New(c), "github")
	var usage *secret.UsageError
	if _, err := registry.New(c).Load(context.Background(), filepath.Join(folder, "none.json"), ""); !errors.As(err, &usage) {
		t.Errorf("no such file: %v", err)
	}
}

func TestCheckAddress_IsHTTPSOrOnThisMachine(t *testing.T) {
	for _, good := range []string{"https://example.com/r.json", "http://127.0.0.1:80/", "http://[::1]/r", "http://localhost/r"} {
		if err := registry.CheckAddress(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "r.json", "http://example.com/", "ftp://127.0.0.1/", "https:///r", "https://canary:pw@example.com/", "https://[canary", "http://127.0.0.1.canary.invalid/"} {
		if err := registry.CheckAddress(bad); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
