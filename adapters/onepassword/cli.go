package onepassword

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// CLIConfig configures a [CLI].
type CLIConfig struct {
	// Path is the absolute path of op. If it is empty, every call returns an error.
	Path string
	// Environ is the whole environment of op; nothing of this process's environment is
	// added. op needs HOME if a user is signed in, or OP_SERVICE_ACCOUNT_TOKEN.
	Environ []string
	// Vault, if it is set, is the name or ID of the vault in which a bare name
	// is an item.
	Vault string
	// Timeout is the time limit of each run of op, including the time in which a user may
	// unlock the 1Password app. The default is 30 s.
	Timeout time.Duration
	// Logger receives a message for each run, with its verb and no value; nil discards
	// them.
	Logger *slog.Logger
}

// CLI resolves references with the op executable, version 2, which it runs once for each
// reference. It is safe for concurrent use.
type CLI struct {
	config CLIConfig
	names  *lookup
	missed misses
}

var (
	_ provider.Lister  = (*CLI)(nil)
	_ provider.Checker = (*CLI)(nil)
)

// NewCLI returns the provider. It starts nothing.
func NewCLI(config CLIConfig) *CLI {
	if config.Timeout <= 0 {
		config.Timeout = defaultTimeout
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c := &CLI{config: config}
	c.names = newLookup(cliCatalog{c}, false)
	return c
}

// Get returns the value that op reads for ref.
func (c *CLI) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	r, err := read(ref, c.config.Vault)
	if err == nil {
		err = c.missed.of(r)
	}
	if err != nil {
		return secret.Value{}, err
	}
	value, err := c.read(ctx, r)
	c.missed.note(r, err)
	return value, err
}

func (c *CLI) read(ctx context.Context, r reference) (secret.Value, error) {
	held, err := c.names.identify(ctx, r)
	if err != nil {
		return secret.Value{}, err
	}
	out, err := c.run(ctx, maxValue, "read", "--no-newline", held.String())
	if err != nil {
		return secret.Value{}, err
	}
	defer clear(out)
	return secret.NewValue(out), nil
}

// List yields every non-empty field. It runs op once for the vaults, once for each vault and
// once for each item.
func (c *CLI) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return list(ctx, cliCatalog{c})
}

// Check lists the vaults. The 1Password app may ask the user for permission.
func (c *CLI) Check(ctx context.Context) error { return check(ctx, cliCatalog{c}) }
