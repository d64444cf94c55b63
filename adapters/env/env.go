package env

import (
	"context"
	"errors"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Scheme is the scheme of references to variables by their exact names.
const Scheme = "env"

// DefaultPrefix is the default prefix of the variables for bare names.
const DefaultPrefix = "TOOLHIVE_SECRET_"

// Config configures a [Provider].
type Config struct {
	// Lookup returns one variable, as os.LookupEnv does. It is required, and must be safe
	// for concurrent use.
	Lookup func(name string) (value string, ok bool)
	// Prefix is the prefix of the variables for bare names. The default is [DefaultPrefix].
	Prefix string
}

// Provider reads secrets from environment variables. It is safe for concurrent use.
type Provider struct{ config Config }

var _ provider.Provider = (*Provider)(nil)

// New returns a Provider. It returns an error if c has no Lookup.
func New(c Config) (*Provider, error) {
	if c.Lookup == nil {
		return nil, errors.New("the environment provider needs a function that looks variables up")
	}
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	return &Provider{config: c}, nil
}

// Get returns the value of the variable that ref refers to.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	switch {
	case ref.Bare():
		return p.byName(ref.Path())
	case ref.Scheme() != Scheme:
		return secret.Value{}, otherScheme()
	case !secret.ValidEnvName(ref.Path()):
		return secret.Value{}, noVariable()
	}
	return found(p.lookup(ref.Path()), ref.Path())
}

func (p *Provider) byName(name string) (secret.Value, error) {
	written, upper := p.config.Prefix+name, p.config.Prefix+secret.TargetName(name)
	first, second := p.lookup(written), p.lookup(upper)
	switch {
	case first != "" && second != "" && first != second:
		return secret.Value{}, conflict(written, upper)
	case first != "":
		return found(first, written)
	}
	return found(second, upper)
}

// lookup returns the value of a variable, or "" if it is not set.
func (p *Provider) lookup(name string) string {
	value, ok := p.config.Lookup(name)
	if !ok {
		return ""
	}
	return value
}

func found(value, name string) (secret.Value, error) {
	if value == "" {
		return secret.Value{}, notSet(name)
	}
	return secret.NewValue([]byte(value)), nil
}
