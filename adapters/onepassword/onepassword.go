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

// Config says who asks. With the zero Config every call that needs the service
// says that there is no token.
type Config struct {
	// Token is a service account's: ops_ and what follows.
	Token secret.Value
	// Vault, if it is set, is the name or ID of the vault in which a bare name
	// is an item.
	Vault string
	// IntegrationName and IntegrationVersion name the application to
	// 1Password; the SDK's "Unknown" where they are empty.
	IntegrationName, IntegrationVersion string
	// Timeout bounds each call to the service; 30 s when zero. The first one
	// has to compile the SDK's core within it.
	Timeout time.Duration
	// Logger hears when a client is made and thrown away; nil to discard it. No
	// value and no token reaches it.
	Logger *slog.Logger
	// Connect makes a client in place of the SDK, for a test that composes its
	// own. It is called with a token of the right form, never twice at once, and
	// again after a failure. An error of it that wraps no sentinel is
	// classified as the SDK's own are.
	Connect func(ctx context.Context, token secret.Value) (*onepassword.Client, error)
}

// Provider answers references from 1Password's service. It may be used by many
// goroutines at once.
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

// Session returns a provider that shares p's client and remembers nothing of what
// p did not find, nor that the service refused the token: a long-lived process
// makes one for each of those that ask it.
func (p *Provider) Session() *Provider {
	p.client.forgive()
	return &Provider{config: p.config, client: p.client}
}

// Get answers the field that ref names.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	results, err := p.GetAll(ctx, []secret.Ref{ref})
	if err != nil {
		return secret.Value{}, err
	}
	return results[0].Value, results[0].Err
}

// GetAll answers all of refs with one call to the service, and none where there
// is nothing to ask. Each reference is sent once; what is no reference, and what
// was not found before, is not sent.
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

// List yields every field that holds something, in the order of the service.
func (p *Provider) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return list(ctx, &sdkCatalog{p})
}

// Check lists the vaults, which tells that the token is one and the service takes
// it. Without the right to see a single vault it is secret.ErrDenied.
func (p *Provider) Check(ctx context.Context) error {
	return check(ctx, &sdkCatalog{p})
}

// Broken reports that the SDK's core has failed for good: it is one for the whole
// process, so that only another process can help. Calls answer ErrBroken then.
func (p *Provider) Broken() bool { return p.client.broken.Load() }
