package k8s

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/klog/v2"

	"github.com/thv-secrets/thv/core/secret"
)

const canary = "Canary-7f3a"

// server answers as handle says, and counts the requests by path.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
}

func newServer(t testing.TB, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{asked: map[string]int{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		handle(w, r)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// answers is a handler that says one thing.
func answers(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// holds answers with a Secret whose every key of keys has the canary.
func holds(keys ...string) http.HandlerFunc {
	data := map[string][]byte{}
	for _, key := range keys {
		data[key] = []byte(canary)
	}
	body, _ := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Secret", "data": data})
	return answers(http.StatusOK, jsonType, string(body))
}

func (s *server) open(t testing.TB, config Config) *Provider {
	t.Helper()
	config.Kubeconfig = []string{s.kubeconfig(t, nil)}
	return open(t, config)
}

// every is the errors of all operations, about a reference to the Secret b.
func every(t testing.TB, p *Provider) map[string]error {
	t.Helper()
	_, get := p.Get(t.Context(), ref(t, "k8s://a/b/c"))
	results, err := p.GetAll(t.Context(), []secret.Ref{ref(t, "k8s://a/b/c")})
	if err != nil {
		t.Fatal(err)
	}
	_, list := names(t, p)
	return map[string]error{"Get": get, "GetAll": results[0].Err, "List": list, "Check": p.Check(t.Context())}
}

// Only an API server that speaks of this very Secret says that it is not there.
func TestGet_AnothersNotFoundIsNoAbsence(t *testing.T) {
	status := func(kind, name string) string {
		return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"kind":%q,"name":%q}}`, kind, name)
	}
	for what, handle := range map[string]http.HandlerFunc{
		"a web server":         answers(404, "text/html", "<h1>Not Found</h1>"),
		"a wrong path":         answers(404, "text/plain", "404 page not found"),
		"another API":          answers(404, jsonType, `{"error":"not found"}`),
		"no body":              answers(404, jsonType, ""),
		"another kind":         answers(404, jsonType, status("clusters", "b")),
		"another Secret":       answers(404, jsonType, status("secrets", "x")),
		"no details":           answers(404, jsonType, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`),
		"an empty object":      answers(200, jsonType, `{}`),
		"a Secret of another":  answers(200, jsonType, `{"kind":"Secret","apiVersion":"vault/v1","data":{}}`),
		"a page to log in":     answers(200, "text/html", "<form>"),
		"no content":           answers(204, jsonType, ""),
		"a list":               answers(200, jsonType, `{"kind":"SecretList","apiVersion":"v1","items":[]}`),
		"what is not base64":   answers(200, jsonType, `{"kind":"Secret","apiVersion":"v1","data":{"c":"`+canary+`!"}}`),
		"half of an answer":    answers(200, jsonType, `{"kind":"Secret","apiVersion":"v1","data":{"c":"`+canary),
		"an odd content type":  answers(200, "a/b/c; =", canary),
		"not implemented":      answers(501, "text/plain", canary),
		"an error with values": answers(500, jsonType, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,"message":"`+canary+`","reason":"`+canary+`"}`),
	} {
		value, err := newServer(t, handle).open(t, Config{}).Get(t.Context(), ref(t, "k8s://a/b/c"))
		if !errors.Is(err, secret.ErrUnavailable) || value.Len() != 0 {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error repeats what the server said: %v", what, err)
		}
	}
	_, err := newServer(t, answers(404, jsonType, status("secrets", "b"))).open(t, Config{}).Get(t.Context(), ref(t, "k8s://a/b/c"))
	if !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("the real one: %v", err)
	}
}

func TestProvider_ClassifiesWhatAServerRefuses(t *testing.T) {
	for status, want := range map[int]error{
		401: secret.ErrDenied, 403: secret.ErrDenied, 404: secret.ErrUnavailable, 410: secret.ErrUnavailable,
		429: secret.ErrUnavailable, 500: secret.ErrUnavailable, 503: secret.ErrUnavailable, 504: secret.ErrUnavailable,
	} {
		for op, err := range every(t, newServer(t, answers(status, "text/plain", canary)).open(t, Config{})) {
			if !errors.Is(err, want) || strings.Contains(err.Error(), canary) {
				t.Errorf("%d: %s: %v", status, op, err)
			}
		}
	}
}

func TestProvider_SaysWhatTheNetworkSays(t *testing.T) {
	closed := newServer(t, holds())
	gone := closed.kubeconfig(t, nil)
	closed.Close()
	plain := httptest.NewServer(holds("c"))
	defer plain.Close()
	noTLS := closed.kubeconfig(t, func(c *kubeconfig) { c.server = "https://" + plain.Listener.Addr().String() })
	for path, want := range map[string]string{gone: "connection refused", noTLS: "HTTP response to HTTPS client"} {
		for op, err := range every(t, open(t, Config{Kubeconfig: []string{path}})) {
			if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", op, err)
			}
		}
	}
}

func TestProvider_UnverifiedServerGetsNothing(t *testing.T) {
	s := newServer(t, holds("c"))
	path := s.kubeconfig(t, func(c *kubeconfig) { c.authority = nil })
	for op, err := range every(t, open(t, Config{Kubeconfig: []string{path}})) {
		if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v", op, err)
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("it was asked %v", s.asked)
	}
}

func TestProvider_TriesAgainAFewTimesWhenAsked(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "0")
		answers(429, "text/plain", "slow down")(w, r)
	})
	_, err := s.open(t, Config{}).Get(t.Context(), ref(t, "k8s://a/b/c"))
	if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "too many requests") {
		t.Error(err)
	}
	if got := s.asked["/api/v1/namespaces/a/secrets/b"]; got != retries+1 {
		t.Errorf("asked %d times", got)
	}
}

func TestProvider_DoesNotWaitBeyondItsTime(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for what, handle := range map[string]http.HandlerFunc{
		"asked to wait": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3600")
			answers(503, "text/plain", "later")(w, r)
		},
		"no answer": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		},
	} {
		s := newServer(t, handle)
		for op, err := range every(t, s.open(t, Config{Timeout: 100 * time.Millisecond})) {
			if !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 100ms") {
				t.Errorf("%s: %s: %v", what, op, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := s.open(t, Config{}).Get(ctx, ref(t, "k8s://a/b/c")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the caller's deadline: %v", what, err)
		}
	}
}

func TestGetAll_ReadsEachSecretOnce(t *testing.T) {
	s := newServer(t, holds("c", "d"))
	var refs []secret.Ref
	for i := range 40 {
		for _, key := range []string{"c", "d", "missing"} {
			refs = append(refs, ref(t, fmt.Sprintf("k8s://a/b%d/%s", i, key)))
		}
	}
	results, err := s.open(t, Config{}).GetAll(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		want := secret.ClassOK
		if strings.HasSuffix(refs[i].Path(), "missing") {
			want = secret.ClassNotFound
		}
		if got := secret.ClassOf(result.Err); got != want {
			t.Errorf("%s: %v", refs[i], result.Err)
		}
	}
	for path, times := range s.asked {
		if times != 1 {
			t.Errorf("%s is asked for %d times", path, times)
		}
	}
	if len(s.asked) != 40 {
		t.Errorf("%d Secrets are asked for", len(s.asked))
	}
}

// The server responds to no request before the maximum number has arrived, and then
// gives others the time to come too.
func TestGetAll_AsksForAFewAtOnce(t *testing.T) {
	var mu sync.Mutex
	var now, most int
	enough := make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		if now == concurrency && most < concurrency {
			time.AfterFunc(50*time.Millisecond, func() { close(enough) })
		}
		most = max(most, now)
		mu.Unlock()
		select {
		case <-enough:
		case <-r.Context().Done():
		}
		mu.Lock()
		now--
		mu.Unlock()
		holds("c")(w, r)
	})
	var refs []secret.Ref
	for i := range 60 {
		refs = append(refs, ref(t, fmt.Sprintf("k8s://a/b%d/c", i)))
	}
	results, err := s.open(t, Config{}).GetAll(t.Context(), refs)
	if err != nil || most > concurrency {
		t.Errorf("%d at once, %v", most, err)
	}
	for i, result := range results {
		if result.Err != nil {
			t.Errorf("%s: %v", refs[i], result.Err)
		}
	}
}

func TestList_KeepsNoValue(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(canary))
	var page secretList
	err := json.Unmarshal([]byte(`{"items":[{"metadata":{"name":"b","namespace":"a"},"type":"Opaque","data":{"c":"`+encoded+`","d":null}}]}`), &page)
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s", page)
	if strings.Contains(all, encoded) || strings.Contains(all, canary) || !strings.Contains(all, "map[c:") {
		t.Error(all)
	}
}

// What a caller's logger hears at its lowest level, and client-go's at its
// highest, holds neither values nor credentials.
func TestProvider_LogsNoValue(t *testing.T) {
	var heard, own bytes.Buffer
	flags := flag.NewFlagSet("", flag.PanicOnError)
	klog.InitFlags(flags)
	_ = flags.Set("v", "10")
	klog.LogToStderr(false)
	klog.SetOutput(&own)
	defer func() {
		_ = flags.Set("v", "0")
		klog.LogToStderr(true)
		klog.SetOutput(io.Discard)
	}()
	logger := slog.New(slog.NewTextHandler(&heard, &slog.HandlerOptions{Level: slog.Level(-100)}))
	s := newServer(t, holds("c"))
	p := s.open(t, Config{Logger: logger})
	if _, err := p.Get(t.Context(), ref(t, "k8s://a/b/c")); err != nil {
		t.Fatal(err)
	}
	_ = every(t, p)
	klog.Flush()
	if !strings.Contains(heard.String(), s.Listener.Addr().String()) {
		t.Errorf("the server is not told: %s", heard.String())
	}
	for _, text := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), testToken} {
		if strings.Contains(heard.String(), text) || strings.Contains(own.String(), text) {
			t.Errorf("%q is in a log", text)
		}
	}
}

func TestProvider_GoesThroughTheProxyItIsGiven(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	s := newServer(t, holds("c"))
	way, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	none := func(*http.Request) (*url.URL, error) { return nil, errors.New("not the kubeconfig's") }
	for what, p := range map[string]*Provider{
		"the configuration's": s.open(t, Config{Proxy: http.ProxyURL(way)}),
		"the kubeconfig's":    open(t, Config{Proxy: none, Kubeconfig: []string{s.kubeconfig(t, func(c *kubeconfig) { c.proxy = proxy.URL })}}),
	} {
		asked = nil
		_, err := p.Get(t.Context(), ref(t, "k8s://a/b/c"))
		if !errors.Is(err, secret.ErrUnavailable) || len(asked) != 1 || asked[0] != "CONNECT "+s.Listener.Addr().String() {
			t.Errorf("%s: asked %q, %v", what, asked, err)
		}
	}
}
