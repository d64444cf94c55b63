//go:build !windows

package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// proxy is on the way to the real engine, and can be cut.
type proxy struct {
	path, target string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

func (p *proxy) up() error {
	_ = os.Remove(p.path)
	listener, err := net.Listen("unix", p.path)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.conns = listener, map[net.Conn]bool{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return nil
}

func (p *proxy) serve(conn net.Conn) {
	network, address, _ := strings.Cut(p.target, "://")
	there, err := net.Dial(network, address)
	if err != nil {
		_ = conn.Close()
		return
	}
	p.mu.Lock()
	p.conns[conn], p.conns[there] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{conn, there}, {there, conn}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			if half, ok := way[0].(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
	_ = conn.Close()
	_ = there.Close()
	p.mu.Lock()
	delete(p.conns, conn)
	delete(p.conns, there)
	p.mu.Unlock()
}

// down cuts every connection and answers none.
func (p *proxy) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		return
	}
	_ = p.listener.Close()
	p.listener = nil
	for conn := range p.conns {
		_ = conn.Close()
	}
}

func newProxy(target string) (*proxy, error) {
	folder, err := os.MkdirTemp("", "thv-proxy-") // whose path is short
	if err != nil {
		return nil, err
	}
	return &proxy{path: filepath.Join(folder, "s"), target: target}, nil
}

func (p *proxy) close() {
	p.down()
	_ = os.RemoveAll(filepath.Dir(p.path))
}

var proxies sync.Map // by their address

// engineProxy puts a proxy before the engine, cuts it, and restores it: engineproxy
// make|down|up.
func engineProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: engineproxy make|down|up")
	}
	if args[0] == "make" {
		p, err := newProxy(os.Getenv("THV_TEST_DOCKER_HOST"))
		ts.Check(err)
		ts.Defer(p.close)
		ts.Check(p.up())
		ts.Setenv("DOCKER_HOST", "unix://"+p.path)
		proxies.Store("unix://"+p.path, p)
		return
	}
	found, _ := proxies.Load(ts.Getenv("DOCKER_HOST"))
	p := found.(*proxy)
	if args[0] == "down" {
		p.down()
		return
	}
	ts.Check(p.up())
}
