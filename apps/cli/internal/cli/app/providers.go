package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Providers are those that a configuration can name.
type Providers struct {
	// Selected is the one in use, as Origin says: a variable, the configuration
	// file's path, "default", or ChainKey, whose first provider it is.
	Selected, Origin string
	// Chain are the providers of the configuration file's chain if that decides; nil
	// otherwise.
	Chain []string
	// Mistake is why bare names cannot be looked up with this configuration; nil if
	// they can. It is a usage error.
	Mistake error
	// Descriptors has every provider once, also those that only a scheme leads to.
	Descriptors []Descriptor
	// Reserved are the names that no configured program may take.
	Reserved []string
}

// Encrypted is the name of the encrypted store, and EncryptedScheme that of its
// references. None is the provider that has nothing and keeps nothing.
const (
	Encrypted       = "encrypted"
	None            = "none"
	EncryptedScheme = "thv"
)

// Aliases returns the references to the secret that was stored or deleted as ref: ref
// itself, and, if a bare name may be one of the encrypted store, the other way to write
// it.
func (p *Providers) Aliases(ref secret.Ref) []secret.Ref {
	all := []secret.Ref{ref}
	switch {
	case ref.Bare() && p.Selected == Encrypted:
		// The system's are referred to by their bare names only.
		if other, err := secret.ParseRef(EncryptedScheme + "://" + ref.Path()); err == nil {
			all = append(all, other)
		}
	case ref.Scheme() == EncryptedScheme && (p.Selected == Encrypted || slices.Contains(p.Chain, Encrypted)):
		if other, err := secret.ParseRef(ref.Path()); err == nil && other.Bare() {
			all = append(all, other)
		}
	}
	return all
}

// ChainKey is the configuration file's key of a chain.
const ChainKey = "secrets.chain"

// KeepsNothing reports whether a secret that is stored as ref is kept nowhere.
func (p *Providers) KeepsNothing(ref secret.Ref) bool { return ref.Bare() && p.Selected == None }

// Choices returns the names that a user chooses a provider from: all but None, which
// keeps nothing and is for tests.
func (p *Providers) Choices() []string {
	return slices.DeleteFunc(p.Names(), func(name string) bool { return name == None })
}

// Written says that name was written to the configuration file at path, and which
// provider that leaves in use.
func (p *Providers) Written(name string, path ConfigPath) string {
	switch {
	case p.Origin == procenv.ProviderVariable && p.Mistake != nil:
		return fmt.Sprintf("Wrote %s to %s. While %s is set, that wins, and it names no provider: unset it.", name, path, procenv.ProviderVariable)
	case p.Origin == procenv.ProviderVariable:
		return fmt.Sprintf("Wrote %s to %s. While %s is set, that wins: %s is in use here.", name, path, p.Origin, p.Selected)
	case p.Origin == ChainKey:
		return fmt.Sprintf("Wrote %s to %s. The chain there wins: %s. Remove %s for the choice to count.", name, path, strings.Join(p.Chain, ", "), p.Origin)
	case name == None:
		return fmt.Sprintf("Secrets now come from %s (written to %s), which has none: what is stored is kept nowhere.", name, path)
	}
	return fmt.Sprintf("Secrets now come from %s (written to %s).", name, path)
}

// Names returns the names of the providers that can be selected, sorted.
func (p *Providers) Names() []string {
	var names []string
	for _, d := range p.Descriptors {
		if !d.SchemeOnly {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Known returns a usage error that lists the valid names if name is not one of them.
func (p *Providers) Known(name, origin string) error {
	if slices.Contains(p.Names(), name) {
		return nil
	}
	if now := p.replaces(name); now != "" {
		return secret.Usagef("%s names the provider %q, which %s has replaced; run: thv secret provider %s", origin, name, now, now)
	}
	return secret.Usagef("%s names the provider %q, which this version does not have; valid are %s (thv secret provider NAME chooses one)",
		origin, name, strings.Join(p.Names(), ", "))
}

// replaces returns the provider that has taken the place of ToolHive's provider name;
// empty if none has.
func (p *Providers) replaces(name string) string {
	for _, d := range p.Descriptors {
		if slices.Contains(d.Former, strings.ToLower(name)) {
			return d.Name
		}
	}
	return ""
}

// Check reports whether the provider name works, without touching a secret.
func (p *Providers) Check(ctx context.Context, name string) error {
	if err := p.Known(name, "the argument"); err != nil {
		return err
	}
	opened, err := p.Describe(name).Open(ctx)
	if err == nil {
		if checker, ok := opened.(provider.Checker); ok {
			err = checker.Check(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("the provider %s does not work: %w", name, err)
	}
	return nil
}
