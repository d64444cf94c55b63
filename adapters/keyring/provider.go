package keyring

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Scheme is the scheme of this package's references.
const Scheme = "keyring"

var (
	_ provider.Writer  = (*Provider)(nil)
	_ provider.Deleter = (*Provider)(nil)
	_ provider.Checker = (*Provider)(nil)
)

// Provider resolves keyring://service/account in the OS keyring. It is safe for concurrent
// use, and keeps no connection and no value between calls.
type Provider struct {
	config Config
	items  items
}

// NewProvider returns the provider. It makes no call.
func NewProvider(config Config) *Provider { return &Provider{config: config, items: items{config}} }

// Get returns the content of the item. A bare name is [secret.ErrNotFound]; a reference to
// the service of the key sources is [secret.ErrDenied].
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if ref.Bare() {
		return secret.Value{}, p.bare(ctx)
	}
	service, account, err := p.split(ref)
	if err != nil {
		return secret.Value{}, err
	}
	return p.items.get(ctx, service, account)
}

// Put stores value as go-keyring would, and replaces an existing value. A bare name is
// [secret.ErrInvalidRef].
func (p *Provider) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	service, account, err := p.split(ref)
	if err != nil {
		return err
	}
	return p.items.put(ctx, service, account, value)
}

// Delete removes every item of the service and account. A bare name is [secret.ErrNotFound].
func (p *Provider) Delete(ctx context.Context, ref secret.Ref) error {
	if ref.Bare() {
		return p.bare(ctx)
	}
	service, account, err := p.split(ref)
	if err != nil {
		return err
	}
	return p.items.remove(ctx, service, account)
}

// Check is [OS.Check].
func (p *Provider) Check(ctx context.Context) error { return p.items.check(ctx) }

func (p *Provider) bare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: the OS keyring has no bare names (write %s://service/account)", secret.ErrNotFound, Scheme)
}

func (p *Provider) split(ref secret.Ref) (service, account string, err error) {
	first, second, found := strings.Cut(ref.Path(), "/")
	if ref.Scheme() != Scheme || !found || strings.Contains(second, "/") {
		return "", "", invalid("a reference to the OS keyring is %s://service/account, with %%2F for a slash inside a part", Scheme)
	}
	if service, err = part(first); err != nil {
		return "", "", err
	}
	if account, err = part(second); err != nil {
		return "", "", err
	}
	// The Credential Manager joins the two with a colon, so this reference could reach the
	// item of another service; and it is not case-sensitive.
	if runtime.GOOS == "windows" && strings.Contains(service, ":") {
		return "", "", invalid("a service holds no colon on Windows")
	}
	if strings.EqualFold(service, p.config.service()) {
		return "", "", fmt.Errorf("%w: the items of service %q open encrypted stores and are no user's secrets",
			secret.ErrDenied, p.config.service())
	}
	return service, account, nil
}

// part decodes one part of a reference. It refuses control characters, since the macOS
// command reads its input line by line.
func part(text string) (string, error) {
	decoded, err := url.PathUnescape(text)
	switch {
	case err != nil:
		return "", invalid("a percent sign is followed by two hexadecimal digits")
	case decoded == "":
		return "", invalid("the service or the account is empty")
	case !utf8.ValidString(decoded) || strings.ContainsFunc(decoded, unicode.IsControl):
		return "", invalid("the service or the account is not clean text")
	}
	return decoded, nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrInvalidRef, fmt.Sprintf(format, args...))
}
