// Package resolve answers references: it asks the providers of a chain under a
// fallback policy, and says of every answer where it came from.
//
// The Resolver is where time limits, concurrency and the carrier *secret.Error
// live, so that a provider needs none of them.
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
	// time. A provider is kept, and so is an error that cannot pass by itself:
	// of secret.ClassInvalidRef, ClassUnsupported, ClassCorrupt, ClassUsage or ClassOther,
	// or a panic. After any other Open is called again when it is next needed.
	Open provider.Opener
	// On says which failures go on to the next step.
	On fallback.Rule
}

// Config says what a Resolver asks. Chain must not be empty.
type Config struct {
	// Chain answers bare names, in order. Its first provider is also the one
	// that bare names are written to, deleted from and listed from.
	Chain []Step
	// Schemes has the one provider for each scheme. Its Step's rule does not
	// count. A name means one provider: of Steps that share it, the chain's is
	// opened for all of them, or, where the chain has none, that of the scheme
	// that sorts first. Their other openers are never called.
	Schemes map[string]Step
	// Concurrency bounds the calls under way at one provider; 0 is
	// DefaultConcurrency.
	Concurrency int
	// Timeout bounds one Resolve or Get as a whole; 0 is DefaultTimeout.
	Timeout time.Duration
	// Logger is told who was asked and how that ended, never a value; nil
	// discards it.
	Logger *slog.Logger
}

// Resolver resolves references. It may be used by many goroutines.
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

// New returns a Resolver and opens nothing. A chain that is empty or names a
// provider twice, and a step without a name or opener, are errors.
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

// Names returns the names of all providers that may be asked: the chain's in its
// order, then those that answer a scheme only, sorted.
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

// Close closes what is open of the providers and forgets them, and what could not be
// opened; one that is needed again is opened anew. A call that is under way may fail.
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

// Get resolves one reference. Its errors are those of Resolve.
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

// noProvider leaves the path out of the text: what has an unknown scheme may be an
// address with a password in it.
func (r *Resolver) noProvider(scheme string) error {
	return fmt.Errorf("%w: there is no provider for the scheme %s; the schemes are %s",
		secret.ErrInvalidRef, scheme, strings.Join(r.Schemes(), ", "))
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
