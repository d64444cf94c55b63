// Package resolve resolves references: it asks the providers of a chain under a
// fallback policy, and records which provider each value came from.
//
// The Resolver applies time limits, bounds concurrency and wraps failures in
// [*secret.Error], so that a provider needs to do none of this.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// The defaults of a Config.
const (
	DefaultConcurrency = 32
	DefaultTimeout     = 60 * time.Second
)

// Step is one provider of a chain.
type Step struct {
	// Provider is its configured name, for errors and traces.
	Provider string
	// Open is called when the provider is first needed, by one goroutine at a
	// time. The Resolver keeps the provider, and also an error that would only come
	// again: one of secret.ClassInvalidRef, ClassUnsupported, ClassCorrupt, ClassUsage
	// or ClassOther, or a panic. After any other error it calls Open again when the
	// provider is next needed.
	Open provider.Opener
	// On says after which failures the next step is asked.
	On fallback.Rule
}

// Config is what a Resolver is made of. Chain must not be empty.
type Config struct {
	// Chain has the providers that resolve bare names, in order. Bare names are
	// written to, deleted from and listed from its first provider.
	Chain []Step
	// Schemes has the provider of each scheme. The rule of its Step is ignored.
	// Steps with the same Provider name share one instance: that of the chain's
	// opener, else that of the first scheme in sort order. Their other openers are
	// never called.
	Schemes map[string]Step
	// Concurrency bounds the concurrent calls to one provider; 0 means
	// [DefaultConcurrency].
	Concurrency int
	// Timeout bounds one Resolve or Get as a whole; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Logger receives which provider was asked and with which outcome, never a value;
	// nil means no log.
	Logger *slog.Logger
}

// Resolver resolves references. It is safe for concurrent use.
type Resolver struct {
	chain       []step
	schemes     map[string]step
	concurrency int
	timeout     time.Duration
	log         *slog.Logger
}

// step is a Step whose provider is opened once.
type step struct {
	*source
	on fallback.Rule
}

// New returns a Resolver and opens no provider. It returns an error if the chain is
// empty or names a provider twice, or if a step lacks its name or opener.
func New(c Config) (*Resolver, error) {
	r := &Resolver{
		schemes: map[string]step{}, concurrency: c.Concurrency, timeout: c.Timeout, log: c.Logger,
	}
	if r.concurrency <= 0 {
		r.concurrency = DefaultConcurrency
	}
	if r.timeout <= 0 {
		r.timeout = DefaultTimeout
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if err := r.connect(c); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Resolver) connect(c Config) error {
	if len(c.Chain) == 0 {
		return errors.New("the chain of providers is empty")
	}
	sources := map[string]*source{}
	for _, s := range c.Chain {
		if s.Provider == "" || s.Open == nil {
			return errors.New("a step of the chain has no provider")
		}
		if sources[s.Provider] != nil {
			return fmt.Errorf("the chain names the provider %s twice", s.Provider)
		}
		sources[s.Provider] = newSource(s, r.concurrency)
		r.chain = append(r.chain, step{sources[s.Provider], s.On})
	}
	for _, scheme := range slices.Sorted(maps.Keys(c.Schemes)) {
		s := c.Schemes[scheme]
		if s.Provider == "" || s.Open == nil {
			return fmt.Errorf("the scheme %s has no provider", scheme)
		}
		if sources[s.Provider] == nil {
			sources[s.Provider] = newSource(s, r.concurrency)
		}
		r.schemes[scheme] = step{source: sources[s.Provider]}
	}
	return nil
}

// Schemes returns the schemes that the Resolver knows, sorted.
func (r *Resolver) Schemes() []string { return slices.Sorted(maps.Keys(r.schemes)) }

// Names returns the names of all providers: those of the chain in order, then those
// that only a scheme names, sorted.
func (r *Resolver) Names() []string {
	names := make([]string, 0, len(r.chain)+len(r.schemes))
	for _, s := range r.chain {
		names = append(names, s.name)
	}
	var others []string
	for _, s := range r.schemes {
		if !slices.Contains(names, s.name) {
			others = append(others, s.name)
		}
	}
	slices.Sort(others)
	return append(names, slices.Compact(others)...)
}

// Close closes the open providers and forgets them, and the errors of those that could
// not be opened. A provider that is needed afterwards is opened again. A concurrent call
// may fail.
func (r *Resolver) Close() error {
	var errs []error
	for _, s := range r.sources() {
		if err := s.close(); err != nil {
			errs = append(errs, fmt.Errorf("%s: close: %w", s.name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Resolver) sources() map[string]*source {
	all := make(map[string]*source, len(r.chain)+len(r.schemes))
	for _, s := range r.chain {
		all[s.name] = s.source
	}
	for _, s := range r.schemes {
		all[s.name] = s.source
	}
	return all
}

// Get resolves one reference. Its errors are those of [Resolver.Resolve].
func (r *Resolver) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	resolution, err := r.Resolve(ctx, []secret.Ref{ref})
	if err != nil {
		return secret.Value{}, err
	}
	value, _ := resolution.Value(ref)
	return value, nil
}

// steps are the providers to ask for ref, in order.
func (r *Resolver) steps(ref secret.Ref) ([]step, error) {
	if ref == (secret.Ref{}) {
		return nil, fmt.Errorf("%w: empty", secret.ErrInvalidRef)
	}
	if ref.Bare() {
		return r.chain, nil
	}
	if s, ok := r.schemes[ref.Scheme()]; ok {
		return []step{s}, nil
	}
	return nil, r.noProvider(ref.Scheme())
}

// noProvider leaves the path out of the text: a reference with an unknown scheme may be
// a URL with a password in it.
func (r *Resolver) noProvider(scheme string) error {
	return fmt.Errorf("%w: there is no provider for the scheme %s; the schemes are %s",
		secret.ErrInvalidRef, scheme, strings.Join(r.Schemes(), ", "))
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
