//go:build !windows

package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// gate is on the way to the engine. It passes the requests that make and start
// containers on whole, also of a client that is killed, and holds the latter back.
type gate struct {
	// asked gets the ID of each container that is to be started; pass lets one through,
	// and is closed where none is held back.
	asked chan string
	pass  chan struct{}
	host  string
	// busy are the requests that the engine has not answered.
	busy sync.WaitGroup
}

// open is a gate that holds nothing back.
func (g *gate) open() *gate {
	close(g.pass)
	return g
}

// quiet waits until the engine has answered what its clients, which are gone, have
// asked.
func (g *gate) quiet(t *testing.T) {
	t.Helper()
	g.busy.Wait()
	if err := newRealEngine(g.host).call(http.MethodGet, "/version", nil, nil); err != nil {
		t.Error(err) // behind what is still in the socket
	}
	g.busy.Wait()
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	g := &gate{asked: make(chan string), pass: make(chan struct{})}
	folder, err := os.MkdirTemp("", "gate") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	g.host = "unix://" + socket
	network, address, _ := strings.Cut(target, "://")
	forward := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "engine"}) },
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) {},
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}},
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.Path, "/")
		last := parts[len(parts)-1]
		if r.Method == http.MethodPost && (last == "create" || last == "start") && strings.Contains(r.URL.Path, "/containers/") {
			g.busy.Add(1)
			defer g.busy.Done()
			if last == "start" && !g.passes(r.Context(), parts[len(parts)-2]) {
				return
			}
			r = r.WithContext(context.WithoutCancel(r.Context()))
		}
		forward.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _, _ = server.Close(), os.RemoveAll(folder) })
	return g
}

// passes holds a start back until it is let through, and is false where its client has
// gone before.
func (g *gate) passes(ctx context.Context, id string) bool {
	select {
	case <-g.pass:
		return true
	case g.asked <- id:
	}
	select {
	case <-g.pass:
		return true
	case <-ctx.Done():
		return false
	}
}
