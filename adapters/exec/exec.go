package exec

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// DefaultTimeout is the default time limit of an answer.
const DefaultTimeout = 30 * time.Second

// Config configures a [Provider].
type Config struct {
	// Name is the provider's configured name, for messages.
	Name string
	// Scheme is the scheme of the executable's references. It is required.
	Scheme string
	// Command is the absolute path of the executable, followed by its arguments.
	Command []string
	// Env is the whole environment of the executable, as NAME=VALUE; it inherits nothing.
	// A value is masked in the executable's output and messages if its NAME suggests a
	// secret (it contains TOKEN, SECRET, PASS, _PWD, CREDENTIAL, KEY, AUTH, PRIVATE,
	// COOKIE, DSN, JWT, BEARER or CONNECTION_STRING, in any case); other values are not.
	Env []string
	// Timeout is the executable's time limit for each answer. A call waits a second longer.
	// The default is [DefaultTimeout].
	Timeout time.Duration
	// Logger receives the executable's standard error, at debug level and masked; nil
	// discards it.
	Logger *slog.Logger
}

// Provider is a running executable. It is safe for concurrent use. Its owner must close it.
type Provider struct {
	config  Config
	session *session
	can     provider.Capability
}

var (
	_ provider.Writer  = (*Provider)(nil)
	_ provider.Deleter = (*Provider)(nil)
	_ provider.Lister  = (*Provider)(nil)
	_ provider.Batcher = (*Provider)(nil)
	_ provider.Checker = (*Provider)(nil)
)

// Open starts the executable and sends hello. ctx and [Config].Timeout limit the duration of
// Open, not the life of the executable. It returns [secret.ErrDenied] if other users can
// change the executable, [secret.ErrUnsupported] if it does not support this version of the
// protocol, the error of its answer, or [secret.ErrUnavailable]. An error without a class
// means that a required field of c is missing.
func Open(ctx context.Context, c Config) (*Provider, error) {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := c.trusted()
	if err != nil {
		return nil, err
	}
	running, err := start(path, c.Command, c.Env)
	if err != nil {
		return nil, c.notStarted(err)
	}
	p := &Provider{config: c, session: newSession(c, running)}
	if err := p.greet(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

func (p *Provider) greet(ctx context.Context) error {
	hello, err := p.session.call(ctx, protocol.Request{
		Op: protocol.OpHello, Versions: []int{protocol.Version}, Scheme: p.config.Scheme,
	})
	if err != nil {
		return err
	}
	if hello.Version != protocol.Version {
		return unavailable("the program %s speaks another version of the provider protocol than it was offered", p.config.Command[0])
	}
	p.can = protocol.ParseCapabilities(hello.Capabilities)
	p.config.Logger.DebugContext(ctx, "the provider's program is ready", "provider", p.config.Name,
		"program", printable.Line(p.session.values.line(hello.Name), 64), "capabilities", p.can.String())
	return nil
}

// Get returns the result of the executable.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	result := p.one(ctx, ref)
	return result.Value, result.Err
}

// Put asks the executable to store value. A value of more than protocol.MaxValue bytes is
// [secret.ErrTooLarge].
func (p *Provider) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := p.checkScheme(ctx, ref); err != nil {
		return err
	}
	if !p.can.Has(provider.CanPut) {
		return p.config.cannot("store secrets")
	}
	if tooLarge(value) {
		return p.config.tooLong()
	}
	_, err := p.session.call(ctx, protocol.Request{Op: protocol.OpPut, Ref: ref.String(), Value: protocol.NewPlaintext(value)})
	return err
}

// Delete asks the executable to remove ref.
func (p *Provider) Delete(ctx context.Context, ref secret.Ref) error {
	if err := p.checkScheme(ctx, ref); err != nil {
		return err
	}
	if !p.can.Has(provider.CanDelete) {
		return p.config.cannot("delete secrets")
	}
	_, err := p.session.call(ctx, protocol.Request{Op: protocol.OpDelete, Ref: ref.String()})
	return err
}

// List yields the executable's list after it has been received completely. It omits names
// that are not valid references for this provider.
func (p *Provider) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		items, err := p.list(ctx)
		if err != nil {
			yield(secret.Info{}, err)
			return
		}
		for _, item := range items {
			if err := ctx.Err(); err != nil {
				yield(secret.Info{}, err)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// Check asks the executable whether it is ready, if it supports the operation.
func (p *Provider) Check(ctx context.Context) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	if !p.can.Has(provider.CanCheck) {
		return nil
	}
	_, err := p.session.call(ctx, protocol.Request{Op: protocol.OpCheck})
	return err
}

// Close asks the executable to exit, and kills its whole process group after a second.
// Pending and later calls return [secret.ErrUnavailable]. A second Close waits for the same
// exit. Close returns nil.
func (p *Provider) Close() error {
	p.session.close(false)
	return nil
}

// Kill is [Provider.Close] without the grace period.
func (p *Provider) Kill() { p.session.close(true) }

// ready returns the context's error, or the reason why the session has ended.
func (p *Provider) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-p.session.over:
		return p.session.err
	default:
		return nil
	}
}

// checkScheme checks that ref is for this provider and that the provider is ready.
func (p *Provider) checkScheme(ctx context.Context, ref secret.Ref) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	return p.config.checkScheme(ref)
}

func (c Config) checkScheme(ref secret.Ref) error {
	if ref == (secret.Ref{}) || !ref.Bare() && ref.Scheme() != c.Scheme {
		return c.otherScheme()
	}
	return nil
}
