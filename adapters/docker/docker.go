package docker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"github.com/thv-secrets/thv/core/workload"
)

// Config says which Engine is used, and how. Its zero value is the platform's
// default Engine, without registry credentials.
type Config struct {
	// Hosts are addresses as in DOCKER_HOST (unix://, tcp://, npipe://), in
	// the order of preference. The first one is used whose socket exists; one
	// that has no socket file counts as existing. Empty is the platform's
	// default address.
	Hosts []string
	// ChosenBy says by what Hosts was chosen ("DOCKER_HOST"), for messages and the log;
	// empty is the default places.
	ChosenBy string
	// CertPath is a directory with ca.pem, cert.pem and key.pem, for TLS to a
	// tcp:// host; TLSVerify checks the Engine's certificate, against ca.pem
	// or, without a CertPath, against the system's roots.
	CertPath  string
	TLSVerify bool
	// TLS is used for a tcp:// host in place of CertPath and TLSVerify, unless it is nil.
	TLS *tls.Config
	// Auth returns the credentials for a registry ("docker.io", "ghcr.io",
	// "localhost:5000") as the Engine wants them, base64url of JSON; empty if it has
	// no credentials. It is called at most once for a pull. It may be nil.
	Auth func(registry string) (encoded string, err error)
	// Init answers the static program that takes values from its input and becomes
	// the image's command (thv-init), for an Engine's architecture as in "amd64" or
	// "arm64". It is asked at each start that delivers a file or is sealed; where it
	// is nil those are secret.ErrUnsupported. The slice is not changed.
	Init func(arch string) ([]byte, error)
	// NoInit runs the image's command as process 1, without an init process.
	NoInit bool
	// PlainProgress reports a pull in lines also on a terminal.
	PlainProgress bool
	// Logger gets the Engine's warnings and a few lines at level debug, never a
	// value; nil logs nothing.
	Logger *slog.Logger
}

// Runtime runs workloads as containers. It may be used by many goroutines. Make
// it with New.
type Runtime struct {
	config Config
	host   host
	api    *client.Client
	limits limits
	log    *slog.Logger

	mu         sync.Mutex
	negotiated bool
}

var _ workload.Runtime = (*Runtime)(nil)

// limits bounds what the Engine may take for an answer.
type limits struct {
	call   time.Duration // a request that is answered at once
	start  time.Duration // create and start, which move files about
	pull   time.Duration // a pull without a sign of progress
	create time.Duration // how long a creation may outlast its caller
	end    time.Duration // a removal, and what else is left to do at an end
	drain  time.Duration // output that is left when a workload has to end
}

var defaultLimits = limits{
	call:   15 * time.Second,
	start:  2 * time.Minute,
	pull:   5 * time.Minute,
	create: 5 * time.Second,
	end:    20 * time.Second,
	drain:  3 * time.Second,
}

// New returns a Runtime, without calling the Engine. An address that cannot be
// read or certificates that do not load are workload.ErrInvalidSpec, an address of a
// kind that is not supported secret.ErrUnsupported.
func New(config Config) (*Runtime, error) {
	h, err := chooseHost(config.Hosts)
	if err != nil {
		return nil, err
	}
	api, err := newClient(h, config)
	if err != nil {
		return nil, err
	}
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Runtime{config: config, host: h, api: api, limits: defaultLimits, log: log}, nil
}

// chosenBy says what chose the host.
func (r *Runtime) chosenBy() string {
	if r.config.ChosenBy == "" {
		return "the default places"
	}
	return r.config.ChosenBy
}

// Host returns the address of the Engine that is used.
func (r *Runtime) Host() string { return r.host.address }

// Check asks the Engine for a sign of life and for its version.
func (r *Runtime) Check(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	ping, err := r.api.Ping(bounded)
	if err != nil {
		return r.failedWith(ctx, "asking for a sign of life", err, screen{})
	}
	if err := supportedVersion(ping.APIVersion, r.host.address); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.negotiated {
		r.api.NegotiateAPIVersionPing(ping)
		r.negotiated = true
		r.log.DebugContext(ctx, "container engine", "engine", r.named(), "host", r.host.address, "chosen by", r.chosenBy(), "api", r.api.ClientVersion())
	}
	return nil
}

// Close drops idle connections. Workloads that run are not touched.
func (r *Runtime) Close() error { return r.api.Close() }

// negotiate makes sure that the Engine's version is known before a call.
func (r *Runtime) negotiate(ctx context.Context) error {
	r.mu.Lock()
	done := r.negotiated
	r.mu.Unlock()
	if done {
		return nil
	}
	return r.Check(ctx)
}
