// Package unlock finds the encrypted store's password. It tries a chain of sources, and
// the first that has a password wins: a file or file descriptor that the command names,
// a variable, the operating system's keyring, the kernel's, a systemd credential, the
// user.
//
// A broken source is not an empty one. For an existing store, the chain continues past
// both, and past a keyring whose password is outdated, since a wrong password opens
// nothing. For a new store, a broken keyring ends the chain, so that a second password
// never comes to stand beside one that could not be read. A password that another store
// of format 1 may have under the account that they share is moved aside before it is
// overwritten.
package unlock

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// Prompter asks the user.
type Prompter interface {
	Interactive() bool
	Hidden(ctx context.Context, label string) (secret.Value, error)
	HiddenTwice(ctx context.Context, label, again string) (secret.Value, error)
}

// Config says which sources the chain has.
type Config struct {
	// Given are the sources that the user or a program set up for this command: one of
	// them that is set must have a password.
	Given []PasswordSource
	// Inherited is tried before the keyrings, and like one of them may be outdated; nil
	// if the starter of this process gave none.
	Inherited *PasswordSource
	// Keyrings are asked in their order.
	Keyrings []Keyring
	// Fallback are the sources between the keyrings and the prompt.
	Fallback []PasswordSource
	// Prompter may be nil: then the chain has no prompt.
	Prompter Prompter
	// KeepGiven also keeps a password from Given in a keyring once it has
	// opened an existing store.
	KeepGiven bool
	// Note shows a sentence to the user; nil discards it.
	Note func(sentence string)
}

// prompts is how often the user is asked for a password.
const prompts = 3

// keeper is filestore.Key's Keep.
type keeper = func(ctx context.Context, account string, password secret.Value) error

// SourceChain implements filestore.Keys. It may be used by many goroutines.
type SourceChain struct {
	config Config

	mu       sync.Mutex
	answered secret.Value
}

var _ filestore.Keys = (*SourceChain)(nil)

// New returns a SourceChain.
func New(c Config) *SourceChain {
	if c.Note == nil {
		c.Note = func(string) {}
	}
	return &SourceChain{config: c}
}

// Unlocked returns the password that Key returned last; empty if Key was not called.
func (c *SourceChain) Unlocked() secret.Value {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered
}

// Key returns the password of an existing store. If no source has one, the error is a
// *NoPasswordError.
func (c *SourceChain) Key(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	key, err := c.key(ctx, request)
	if err == nil {
		c.remember(key.Password)
	}
	return key, err
}

func (c *SourceChain) remember(password secret.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = password
}

func (c *SourceChain) key(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var lookup lookup
	for _, source := range c.config.Given {
		if password, ok := lookup.try(ctx, source, true); ok {
			key := filestore.Key{Password: password, From: source.Name}
			if c.config.KeepGiven {
				key.Keep = c.keep
			}
			return key, nil
		}
	}
	var keep keeper
	for _, source := range c.kept(request) {
		if slices.Contains(request.Wrong, source.Name) {
			lookup.wrong(source)
			keep = c.keep
			continue
		}
		if password, ok := lookup.try(ctx, source, false); ok {
			return filestore.Key{Password: password, From: source.Name, Kept: true}, nil
		}
		if lookup.empty {
			keep = c.keep // there is a keyring that works
		}
	}
	for _, source := range c.config.Fallback {
		if password, ok := lookup.try(ctx, source, false); ok {
			return filestore.Key{Password: password, From: source.Name}, nil
		}
	}
	if password, ok := lookup.try(ctx, c.prompt(request, false), true); ok {
		return c.typed(request, password, keep, prompts-1), nil
	}
	return filestore.Key{}, lookup.failed(request)
}

// typed is a password from the prompt, which asks up to more times again if it does not
// open the store.
func (c *SourceChain) typed(request filestore.Request, password secret.Value, keep keeper, more int) filestore.Key {
	key := filestore.Key{Password: password, From: "the prompt", Keep: keep}
	if more > 0 {
		key.Again = func(ctx context.Context) (filestore.Key, error) {
			c.config.Note("This password does not open the store; try again. A recovery key is a password too.")
			password, err := c.prompt(request, false).Lookup(ctx)
			if err != nil {
				return filestore.Key{}, fmt.Errorf("the prompt: %w", err)
			}
			c.remember(password)
			return c.typed(request, password, keep, more-1), nil
		}
	}
	return key
}

// kept returns the sources whose passwords may be outdated: the inherited one and the
// keyrings, first for the account, then for the accounts that an interrupted change may
// have left.
func (c *SourceChain) kept(request filestore.Request) []PasswordSource {
	var sources []PasswordSource
	if c.config.Inherited != nil {
		sources = append(sources, *c.config.Inherited)
	}
	for _, account := range append([]string{request.Account}, request.Spare...) {
		for _, keyring := range c.config.Keyrings {
			source := keyring.source(account)
			if account != request.Account {
				source.Name += " (" + account + ")"
			}
			sources = append(sources, source)
		}
	}
	return sources
}

// NewKey returns a password for a new store. It takes the first of: a given one; one
// that a lasting keyring keeps for the account already, or a random one that it will
// keep; the present password of a store that the new one replaces; one of a fallback
// source or of the user. Except for one in a keyring, it has at least MinPassword
// characters.
func (c *SourceChain) NewKey(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var lookup lookup
	for _, source := range c.config.Given {
		if password, ok := lookup.try(ctx, source.requireLength(), true); ok {
			return filestore.Key{Password: password, From: source.Name, Keep: c.keepBeside}, nil
		}
	}
	for _, keyring := range c.config.Keyrings {
		password, ok := lookup.try(ctx, keyring.source(request.Account), true)
		switch {
		case ok && keyring.Persistent:
			return filestore.Key{Password: password, From: keyring.from()}, nil
		case keyring.Persistent && lookup.empty:
			return filestore.Key{Password: filestore.GeneratePassword(), From: keyring.from(), Keep: keyring.replace}, nil
		}
	}
	if lookup.stop == nil && request.Present.Password.Len() > 0 {
		return filestore.Key{Password: request.Present.Password, From: request.Present.From, Keep: c.keepBeside}, nil
	}
	for _, source := range append(slices.Clip(c.config.Fallback), c.prompt(request, true)) {
		if password, ok := lookup.try(ctx, source.requireLength(), true); ok {
			return filestore.Key{Password: password, From: source.Name, Keep: c.keepBeside}, nil
		}
	}
	return filestore.Key{}, lookup.failed(request)
}

// Change says how a store's password is to be changed.
type Change struct {
	// File has the new password; empty if no file is named.
	File string
	// Typed is whether the user knows the present password: then the new one is typed,
	// unless Generate is set.
	Typed, Generate bool
}

// Replacement returns a new password for an existing store, as c says. Unless it is
// random, it has at least MinPassword characters. A random one needs a keyring that
// survives a reboot, and is kept there.
func (c *SourceChain) Replacement(ctx context.Context, request filestore.Request, change Change) (filestore.Key, error) {
	var lookup lookup
	if change.File != "" {
		password, ok := lookup.try(ctx, named("--new-password-file", change.File).requireLength(), true)
		if !ok {
			return filestore.Key{}, lookup.failed(request)
		}
		return filestore.Key{Password: password, From: "--new-password-file", Keep: c.keep}, nil
	}
	if !change.Typed || change.Generate {
		for _, keyring := range c.config.Keyrings {
			_, had := lookup.try(ctx, keyring.source(request.Account), true)
			if keyring.Persistent && (had || lookup.empty) {
				return filestore.Key{Password: filestore.GeneratePassword(), From: keyring.from(), Keep: keyring.replace}, nil
			}
		}
	}
	if change.Generate && lookup.stop == nil {
		return filestore.Key{}, secret.Usagef("--generate needs a keyring that survives a reboot, and this machine has none; use --new-password-file")
	}
	password, ok := lookup.try(ctx, c.prompt(request, true), true)
	if !ok && lookup.stop == nil {
		return filestore.Key{}, secret.Usagef("no new password: name a file with --new-password-file, or let one be made with --generate")
	}
	if !ok {
		return filestore.Key{}, lookup.failed(request)
	}
	return filestore.Key{Password: password, From: "the prompt", Keep: c.keep}, nil
}

func (c *SourceChain) prompt(request filestore.Request, twice bool) PasswordSource {
	return PasswordSource{Name: "the prompt", Lookup: func(ctx context.Context) (secret.Value, error) {
		p := c.config.Prompter
		switch {
		case request.Quiet, p == nil, !p.Interactive():
			return secret.Value{}, fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
		case twice:
			return c.newPassword(ctx)
		}
		return p.Hidden(ctx, "Password of the secrets store: ")
	}}
}

// newPassword asks until a password is long enough, three times at most.
func (c *SourceChain) newPassword(ctx context.Context) (secret.Value, error) {
	for n := 1; ; n++ {
		password, err := c.config.Prompter.HiddenTwice(ctx, "New password for the secrets store: ", "Repeat the password: ")
		if err != nil || n == prompts || longEnough(password) {
			return password, err
		}
		c.config.Note(fmt.Sprintf("A new password has at least %d characters.", MinPassword))
	}
}
