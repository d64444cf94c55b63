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

// DefaultTimeout is how long a program may take for one answer.
const DefaultTimeout = 30 * time.Second

// Config says which program is the provider.
type Config struct {
	// Name is the provider's configured name, for messages.
	Name string
	// Scheme is that of the references which the program is asked for. It must
	// be set.
	Scheme string
	// Command is the program, by its absolute path, and its arguments.
	Command []string
	// Env is the program's whole environment, as NAME=VALUE: it inherits nothing.
	// Values whose NAME speaks of a secret (it holds TOKEN, SECRET, PASS, _PWD,
	// CREDENTIAL, KEY, AUTH, PRIVATE, COOKIE, DSN, JWT, BEARER or
	// CONNECTION_STRING, in any case) are masked in what the program prints and
	// says; others are not.
	Env []string
	// Timeout is what the program is given for each answer, and what its caller
	// waits a second longer than; 0 is DefaultTimeout.
	Timeout time.Duration
	// Logger gets what the program prints on standard error, at debug level and
	// masked; nil discards it.
	Logger *slog.Logger
}

// Provider is a running program. It may be used by many goroutines. Its owner
// closes it.
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

// Open starts the program and greets it. ctx and Config.Timeout bound that, and
// not the program's life. Its errors are secret.ErrDenied for a program that
// others can change, secret.ErrUnsupported for one that speaks no version of the
// protocol that is known here, those that the program answers, and
// secret.ErrUnavailable. An error that is of no class says what c lacks.
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
	p := &Provider{config: c, session: converse(c, running)}
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

// Get answers what the program does.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	result := p.one(ctx, ref)
	return result.Value, result.Err
}

// Put has the program store value. One of more than protocol.MaxValue bytes is
// secret.ErrTooLarge.
func (p *Provider) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := p.mine(ctx, ref); err != nil {
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

// Delete has the program remove ref.
func (p *Provider) Delete(ctx context.Context, ref secret.Ref) error {
	if err := p.mine(ctx, ref); err != nil {
		return err
	}
	if !p.can.Has(provider.CanDelete) {
		return p.config.cannot("delete secrets")
	}
	_, err := p.session.call(ctx, protocol.Request{Op: protocol.OpDelete, Ref: ref.String()})
	return err
}

// List yields what the program lists, once all of it has come. Names that are no
// reference to this provider are left out.
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

// Check asks the program whether it is ready, if it can tell.
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

// Close asks the program to end, and ends it and all of its process group a
// second later. Calls that wait, and all later ones, are secret.ErrUnavailable.
// Closing again waits for the same end. It returns nil.
func (p *Provider) Close() error {
	p.session.close(false)
	return nil
}

// Kill is Close without the second.
func (p *Provider) Kill() { p.session.close(true) }

// ready returns the context's error, or that the program is no longer there.
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

// mine checks that ref is for this provider, and the provider ready.
func (p *Provider) mine(ctx context.Context, ref secret.Ref) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	return p.config.mine(ref)
}

func (c Config) mine(ref secret.Ref) error {
	if ref == (secret.Ref{}) || !ref.Bare() && ref.Scheme() != c.Scheme {
		return c.otherScheme()
	}
	return nil
}
