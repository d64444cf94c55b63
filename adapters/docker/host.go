package docker

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// minVersion is the Engine API of Docker 20.10.
const minVersion = "1.41"

// host is an Engine's address with its parts.
type host struct {
	address string
	scheme  string
	// endpoint is the path of a socket, or a host and port.
	endpoint string
	// tried has every candidate, for the message if none exists.
	tried []string
	kind  *kind
}

// chooseHost returns the first candidate whose socket exists, or else the first candidate,
// whose error then reports what is missing.
func chooseHost(candidates []string) (host, error) {
	if len(candidates) == 0 {
		candidates = []string{client.DefaultDockerHost}
	}
	var hosts []host
	for _, address := range candidates {
		h, err := parseHost(address)
		if err != nil {
			return host{}, err
		}
		h.tried = candidates
		hosts = append(hosts, h)
	}
	for _, h := range hosts {
		if h.exists() {
			return h, nil
		}
	}
	return hosts[0], nil
}

func parseHost(address string) (host, error) {
	u, err := client.ParseHostURL(address)
	if err != nil {
		return host{}, fmt.Errorf("%w: the Docker host %q is no address (write unix:///var/run/docker.sock or tcp://HOST:PORT)",
			workload.ErrInvalidSpec, address)
	}
	switch u.Scheme {
	case "unix", "npipe", "tcp", "http", "https":
		h := host{address: address, scheme: u.Scheme, endpoint: u.Host, kind: &kind{}}
		h.kind.podman.Store(strings.Contains(address, "podman"))
		return h, nil
	case "ssh":
		return host{}, fmt.Errorf("%w: a Docker host over ssh; forward its socket (ssh -nNT -L ~/.docker/HOST.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix://$HOME/.docker/HOST.sock",
			secret.ErrUnsupported)
	}
	return host{}, fmt.Errorf("%w: a Docker host with the scheme %s (there are unix, tcp and npipe)",
		secret.ErrUnsupported, u.Scheme)
}

// exists reports whether the socket may exist. It is true if this user is not allowed to see
// the socket, so that the connection reports that error.
func (h host) exists() bool {
	if h.scheme != "unix" {
		return true
	}
	_, err := os.Stat(h.endpoint)
	return !errors.Is(err, fs.ErrNotExist)
}

// newClient returns a client with its own dialer: the library's dialer ignores the context
// for attached streams, and for tcp it reads a proxy from the environment.
func newClient(h host, config Config, dialLimit time.Duration) (*client.Client, error) {
	transport := &http.Transport{MaxIdleConns: 6, IdleConnTimeout: 30 * time.Second}
	plain := &http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}
	api, err := client.NewClientWithOpts(
		client.WithHTTPClient(plain),
		client.WithHost(h.address),
		client.WithScheme("http"),
		client.WithUserAgent("thv"),
	)
	if err != nil {
		return nil, fmt.Errorf("%w: the Docker host %q: %w", workload.ErrInvalidSpec, h.address, err)
	}
	plain.Transport = kindRecorder{plain.Transport, h.kind}
	var dial dialFunc = transport.DialContext
	if h.scheme != "unix" && h.scheme != "npipe" {
		if dial, err = networkDial(h, config, dialLimit); err != nil {
			return nil, err
		}
	}
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return watched(ctx, network, addr, dial)
	}
	return api, nil
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func networkDial(h host, config Config, limit time.Duration) (dialFunc, error) {
	dialer := &net.Dialer{Timeout: limit, KeepAlive: 30 * time.Second}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", h.endpoint)
	}
	if config.TLS != nil {
		return secureDial(dialer, h, config.TLS), nil
	}
	if config.CertPath == "" && !config.TLSVerify && h.scheme != "https" {
		return dial, nil
	}
	options := tlsconfig.Options{InsecureSkipVerify: !config.TLSVerify && h.scheme != "https"}
	if config.CertPath != "" {
		options.CAFile = filepath.Join(config.CertPath, "ca.pem")
		options.CertFile = filepath.Join(config.CertPath, "cert.pem")
		options.KeyFile = filepath.Join(config.CertPath, "key.pem")
	}
	settings, err := tlsconfig.Client(options)
	if err != nil {
		return nil, fmt.Errorf("%w: the certificates in DOCKER_CERT_PATH: %w", workload.ErrInvalidSpec, err)
	}
	return secureDial(dialer, h, settings), nil
}

func secureDial(dialer *net.Dialer, h host, settings *tls.Config) dialFunc {
	secure := &tls.Dialer{NetDialer: dialer, Config: settings}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return secure.DialContext(ctx, "tcp", h.endpoint)
	}
}

type watchKey struct{}

// watch ends the reads and writes of the connection that is dialed with its context when that
// context is done, and keeps the head of the response.
type watch struct {
	stop func() bool
	head *headKeeper // nil until something was dialed
}

// withWatch is for requests whose connection is taken over: for these the library ignores the
// context while it waits for the response, and drops the reason of a refusal.
func withWatch(ctx context.Context) (context.Context, *watch) {
	w := &watch{stop: func() bool { return true }}
	return context.WithValue(ctx, watchKey{}, w), w
}

func watched(ctx context.Context, network, addr string, dial dialFunc) (net.Conn, error) {
	conn, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	w, ok := ctx.Value(watchKey{}).(*watch)
	if !ok {
		return conn, nil
	}
	w.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	w.head = &headKeeper{Conn: conn}
	w.head.kept.Store(&bytes.Buffer{})
	return w.head, nil
}

// headKeeper keeps the bytes that are read from a connection until it is taken over.
type headKeeper struct {
	net.Conn
	kept atomic.Pointer[bytes.Buffer]
}

// maxHead is the maximum number of bytes that are kept.
const maxHead = 64 << 10

// Read reads from the connection and keeps the bytes.
func (k *headKeeper) Read(p []byte) (int, error) {
	n, err := k.Conn.Read(p)
	if kept := k.kept.Load(); kept != nil {
		kept.Write(p[:min(n, maxHead-min(kept.Len(), maxHead))])
	}
	return n, err
}

// Close reads the rest of a refusal first, as far as it is kept: the library closes the
// connection after the head if the Engine announces that it closes it, and the reason
// may follow later. The watch's context bounds the wait.
func (k *headKeeper) Close() error {
	if kept := k.kept.Load(); kept != nil {
		head := bytes.NewReader(bytes.Clone(kept.Bytes()))
		response, err := http.ReadResponse(bufio.NewReader(io.MultiReader(head, k)), nil)
		if err == nil && response.StatusCode >= http.StatusBadRequest {
			var reason json.RawMessage // its end is known, though the connection may stay open
			if json.NewDecoder(response.Body).Decode(&reason) != nil {
				_, _ = io.CopyN(io.Discard, response.Body, maxHead) // if it is cut off, what there is
			}
		}
	}
	return k.Conn.Close()
}

// CloseWrite ends the input, if the connection supports it.
func (k *headKeeper) CloseWrite() error {
	if half, ok := k.Conn.(types.CloseWriter); ok {
		return half.CloseWrite()
	}
	return nil
}

// taken drops the kept bytes and keeps nothing from now on, since the workload's output
// follows.
func (w *watch) taken() {
	if w.head != nil {
		w.head.kept.Store(nil)
	}
}

func supportedVersion(version, address string) error {
	if version == "" {
		return fmt.Errorf("%w: the server at %s is not a Docker Engine", secret.ErrUnavailable, address)
	}
	if versions.LessThan(version, minVersion) {
		return fmt.Errorf("%w: the Docker Engine at %s has API %s; %s (Docker 20.10) or newer is needed",
			secret.ErrUnsupported, address, strings.TrimSpace(version), minVersion)
	}
	return nil
}

// missing returns the addresses that were tried without success.
func (h host) missing() []string {
	if h.exists() {
		return []string{h.address}
	}
	return h.tried
}
