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

// Config configures a [Runtime]. The zero Config uses the platform's default Engine,
// without registry credentials.
type Config struct {
	// Hosts are addresses in the form of DOCKER_HOST (unix://, tcp://, npipe://), in order
	// of preference. The first one whose socket exists is used; an address without a socket
	// file counts as existing. The default is the platform's default address.
	Hosts []string
	// ChosenBy is the setting that selected Hosts ("DOCKER_HOST"), for messages and the
	// log; empty for the default sockets.
	ChosenBy string
	// CertPath is a directory with ca.pem, cert.pem and key.pem, for TLS to a
	// tcp:// host; TLSVerify checks the Engine's certificate, against ca.pem
	// or, without a CertPath, against the system's roots.
	CertPath  string
	TLSVerify bool
	// TLS, unless nil, is used for a tcp:// host instead of CertPath and TLSVerify.
	TLS *tls.Config
	// Auth returns the credentials for a registry ("docker.io", "ghcr.io",
	// "localhost:5000") in the Engine's form, base64url of JSON, or "" if there are none.
	// It is called at most once for a pull. It may be nil.
	Auth func(registry string) (encoded string, err error)
	// Init returns the static executable thv-init, which reads values from its input and
	// executes the image's command, for an Engine's architecture such as "amd64" or
	// "arm64". It is called at each start with files or sealed delivery; if it is nil, these
	// are secret.ErrUnsupported. The slice is not changed.
	Init func(arch string) ([]byte, error)
	// NoInit runs the image's command as process 1, without an init process.
	NoInit bool
	// Timeout is how long the Engine may take to answer a request; zero is
	// [DefaultTimeout]. With a longer one a connection, a start and a pull may take longer in the
	// same proportion.
	Timeout time.Duration
	// PlainProgress reports the progress of a pull as lines even on a terminal.
	PlainProgress bool
	// Logger receives the Engine's warnings and a few lines at level debug, never a value;
	// nil discards them.
	Logger *slog.Logger
}

// Runtime runs workloads as containers. It is safe for concurrent use. Create it with
// [New].
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

// limits are the time limits of calls to the Engine.
type limits struct {
	dial   time.Duration // a connection over TCP
	call   time.Duration // a request with an immediate response
	start  time.Duration // create and start, which move files about
	pull   time.Duration // a pull without progress
	create time.Duration // how long a creation may outlast its caller
	end    time.Duration // a removal, and the rest of the cleanup
	drain  time.Duration // the remaining output of a workload that must stop
}

// DefaultTimeout is how long the Engine may take to answer a request, if a [Config]
// does not say.
const DefaultTimeout = 15 * time.Second

var defaultLimits = limits{
	dial:   10 * time.Second,
	call:   DefaultTimeout,
	start:  2 * time.Minute,
	pull:   5 * time.Minute,
	create: 5 * time.Second,
	end:    20 * time.Second,
	drain:  3 * time.Second,
}

// limitsFor returns the limits for a timeout. Those of a connection, a start and a pull grow in
// proportion to it, and are never shorter than by default.
func limitsFor(timeout time.Duration) limits {
	l := defaultLimits
	if timeout <= 0 {
		return l
	}
	for _, limit := range []*time.Duration{&l.dial, &l.start, &l.pull} {
		*limit = max(*limit, time.Duration(float64(*limit)*timeout.Seconds()/DefaultTimeout.Seconds()))
	}
	l.call = timeout
	return l
}

// New returns a Runtime without calling the Engine. It returns workload.ErrInvalidSpec for an
// invalid address or certificates that cannot be loaded, and secret.ErrUnsupported for an
// unsupported kind of address.
func New(config Config) (*Runtime, error) {
	h, err := chooseHost(config.Hosts)
	if err != nil {
		return nil, err
	}
	limits := limitsFor(config.Timeout)
	api, err := newClient(h, config, limits.dial)
	if err != nil {
		return nil, err
	}
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Runtime{config: config, host: h, api: api, limits: limits, log: log}, nil
}

// chosenBy returns the setting that selected the host.
func (r *Runtime) chosenBy() string {
	if r.config.ChosenBy == "" {
		return "the default places"
	}
	return r.config.ChosenBy
}

// Host returns the address of the Engine that is used.
func (r *Runtime) Host() string { return r.host.address }

// Check pings the Engine and checks its version.
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

// Close closes idle connections. Running workloads are not affected.
func (r *Runtime) Close() error { return r.api.Close() }

// negotiate ensures that the Engine's version is known before a call.
func (r *Runtime) negotiate(ctx context.Context) error {
	r.mu.Lock()
	done := r.negotiated
	r.mu.Unlock()
	if done {
		return nil
	}
	return r.Check(ctx)
}
