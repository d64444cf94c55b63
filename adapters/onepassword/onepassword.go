package onepassword

import (
	"context"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Scheme is the scheme of this package's references.
const Scheme = "op"

const defaultTimeout = 30 * time.Second

// Config configures a [Provider]. With the zero Config every call that needs the service
// reports that there is no token.
type Config struct {
	// Token is the token of a service account, which begins with ops_.
	Token secret.Value
	// Vault, if it is set, is the name or ID of the vault in which a bare name
	// is an item.
	Vault string
	// IntegrationName and IntegrationVersion identify the application to 1Password. The
	// default is the SDK's "Unknown".
	IntegrationName, IntegrationVersion string
	// Timeout is the time limit of each call to the service, in which the first call also
	// compiles the SDK's core. The default is 30 s.
	Timeout time.Duration
	// Logger receives messages when a client is created or discarded, without values and
	// tokens; nil discards them.
	Logger *slog.Logger
	// Connect replaces the SDK's creation of a client in tests. It is called with a token of
	// the right form, never concurrently, and again after a failure. An error that wraps no
	// sentinel is classified like an error of the SDK.
	Connect func(ctx context.Context, token secret.Value) (*onepassword.Client, error)
}

// Provider resolves references with 1Password's service. It is safe for concurrent use.
type Provider struct {
	config Config
	client *session
	missed misses
}

var (
	_ provider.Batcher = (*Provider)(nil)
	_ provider.Lister  = (*Provider)(nil)
	_ provider.Checker = (*Provider)(nil)
)

// New returns the provider. It makes no request and compiles nothing.
func New(config Config) *Provider {
	if config.Timeout <= 0 {
		config.Timeout = defaultTimeout
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Connect == nil {
		config.Connect = config.sdk
	}
	return &Provider{config: config, client: &session{config: config}}
}

// Session returns a provider that shares p's client, but neither p's missing references nor
// the refusal of the token. A long-lived process creates one for each client.
func (p *Provider) Session() *Provider {
	p.client.forgive()
	return &Provider{config: p.config, client: p.client}
}

// Get returns the value of the field that ref refers to.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	results, err := p.GetAll(ctx, []secret.Ref{ref})
	if err != nil {
		return secret.Value{}, err
	}
	return results[0].Value, results[0].Err
}

// GetAll resolves all of refs with one call to the service, or none if there is nothing to
// send. Each reference is sent once; invalid references and those that were not found before
// are not sent.
func (p *Provider) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := make([]provider.Result, len(refs))
	places := map[reference][]int{}
	var asked []reference
	for i, ref := range refs {
		r, err := p.readable(ref)
		if err == nil {
			err = p.missed.of(r)
			results[i].Cached = err != nil
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		if places[r] == nil {
			asked = append(asked, r)
		}
		places[r] = append(places[r], i)
	}
	answers, err := p.resolve(ctx, asked)
	if err != nil {
		return nil, err
	}
	for r, at := range places {
		p.missed.note(r, answers[r].Err)
		for _, i := range at {
			results[i] = answers[r]
		}
	}
	return results, nil
}

// readable returns ref in the form that can be sent.
func (p *Provider) readable(ref secret.Ref) (reference, error) {
	r, err := read(ref, p.config.Vault)
	switch {
	case err != nil:
		return reference{}, err
	case slices.Contains(cliQueries, r.query):
		return reference{}, onlyOp()
	}
	return r, nil
}

// List yields every non-empty field, in the order of the service.
func (p *Provider) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return list(ctx, &sdkCatalog{p})
}

// Check lists the vaults, which verifies the token. If the account may not see any vault, it
// returns [secret.ErrDenied].
func (p *Provider) Check(ctx context.Context) error {
	return check(ctx, &sdkCatalog{p})
}

// Broken reports whether the SDK's core has failed permanently. There is one core for the whole
// process, so only another process can help. Calls return [ErrBroken] then.
func (p *Provider) Broken() bool { return p.client.broken.Load() }
