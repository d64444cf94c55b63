package docker

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is an Engine that does as it is told: it answers well unless a handler
// is set for a call.
type fake struct {
	address string

	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	calls    []string
	// removed is closed when the container is.
	removed  chan struct{}
	removing sync.Once
}

// newFake returns an Engine and a Runtime on it. Its limits are long, since a busy machine is
// slow; a test of an Engine that hangs uses hasty.
func newFake(t *testing.T, config Config) (*fake, *Runtime) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{address: "unix://" + socket, handlers: map[string]http.HandlerFunc{}, removed: make(chan struct{})}
	ending, end := context.WithCancel(context.Background())
	server := &http.Server{Handler: f, BaseContext: func(net.Listener) context.Context { return ending }}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		f.removing.Do(func() { close(f.removed) })
		end()
		_ = server.Close()
	})
	config.Hosts = []string{f.address}
	r, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	r.limits = limits{call: time.Minute, start: time.Minute, pull: time.Minute, create: 2 * time.Second, end: 10 * time.Second, drain: 300 * time.Millisecond}
	t.Cleanup(func() { _ = r.Close() })
	return f, r
}

// on sets the handler for a call: ping, create, attach, wait, start, remove,
// kill, inspect, pull.
func (f *fake) on(call string, h http.HandlerFunc) *fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers[call] = h
	return f
}

func (f *fake) called(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == call {
			n++
		}
	}
	return n
}

func (f *fake) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	call := callOf(req)
	f.mu.Lock()
	f.calls = append(f.calls, call)
	h := f.handlers[call]
	f.mu.Unlock()
	if h == nil {
		h = map[string]http.HandlerFunc{
			"ping":    func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.41") },
			"create":  answer(http.StatusCreated, `{"Id":"0123456789abcdef"}`),
			"archive": answer(http.StatusOK, ""),
			"version": answer(http.StatusOK, `{"Os":"linux","Arch":"amd64"}`),
			"attach":  f.attach, "wait": f.wait, "remove": f.remove,
			"start": answer(http.StatusNoContent, ""),
			"kill":  answer(http.StatusNoContent, ""),
		}[call]
	}
	if h == nil {
		h = answer(http.StatusNotFound, `{"message":"no such thing"}`)
	}
	h(w, req)
}

func callOf(req *http.Request) string {
	p := req.URL.Path
	switch {
	case strings.HasSuffix(p, "_ping"):
		return "ping"
	case strings.HasSuffix(p, "/images/create"):
		return "pull"
	case strings.Contains(p, "/images/"):
		return "inspect"
	case strings.HasSuffix(p, "/exec"):
		return "exec"
	case strings.Contains(p, "/exec/"):
		return "exec " + p[strings.LastIndexByte(p, '/')+1:]
	case req.Method == http.MethodDelete:
		return "remove"
	}
	return p[strings.LastIndexByte(p, '/')+1:]
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hasty shortens the limits of calls to an Engine that hangs.
func hasty(r *Runtime) {
	r.limits.call, r.limits.start, r.limits.pull, r.limits.end = 5*time.Second, 5*time.Second, 5*time.Second, 5*time.Second
}

// hang answers nothing until the client has given up.
func hang(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }

// wait answers when the container is removed.
func (f *fake) wait(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	select {
	case <-f.removed:
		_, _ = io.WriteString(w, `{"StatusCode":9}`)
	case <-req.Context().Done():
	}
}

func (f *fake) remove(w http.ResponseWriter, _ *http.Request) {
	f.removing.Do(func() { close(f.removed) })
	w.WriteHeader(http.StatusNoContent)
}

// attach keeps the connection open until the container is removed.
func (f *fake) attach(w http.ResponseWriter, req *http.Request) {
	f.attached(func(net.Conn) { <-f.removed })(w, req)
}

// attached is an attach that hands its connection to do, and closes it after.
func (f *fake) attached(do func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		upgrade(buffered.Writer)
		do(conn)
	}
}

func upgrade(w *bufio.Writer) {
	_, _ = w.WriteString("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
	_ = w.Flush()
}

// frame is data in the multiplexed format.
func frame(stream byte, data string) string {
	header := []byte{stream, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(header[4:], uint32(len(data)))
	return string(header) + data
}
