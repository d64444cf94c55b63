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
func (l *SourceChain) Unlocked() secret.Value {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered
}

// Key returns the password of an existing store. If no source has one, the error is a
// *NoPasswordError.
func (l *SourceChain) Key(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	key, err := l.key(ctx, request)
	if err == nil {
		l.remember(key.Password)
	}
	return key, err
}

func (l *SourceChain) remember(password secret.Value) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered = password
}

func (l *SourceChain) key(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var walk lookup
	for _, rung := range l.config.Given {
		if password, ok := walk.try(ctx, rung, true); ok {
			key := filestore.Key{Password: password, From: rung.Name}
			if l.config.KeepGiven {
				key.Keep = l.keep
			}
			return key, nil
		}
	}
	var keep keeper
	for _, rung := range l.kept(request) {
		if slices.Contains(request.Wrong, rung.Name) {
			walk.wrong(rung)
			keep = l.keep
			continue
		}
		if password, ok := walk.try(ctx, rung, false); ok {
			return filestore.Key{Password: password, From: rung.Name, Kept: true}, nil
		}
		if walk.empty {
			keep = l.keep // there is a keyring that works
		}
	}
	for _, rung := range l.config.Fallback {
		if password, ok := walk.try(ctx, rung, false); ok {
			return filestore.Key{Password: password, From: rung.Name}, nil
		}
	}
	if password, ok := walk.try(ctx, l.prompt(request, false), true); ok {
		return l.typed(request, password, keep, prompts-1), nil
	}
	return filestore.Key{}, walk.failed(request)
}

// typed is a password from the prompt, which asks up to more times again if it does not
// open the store.
func (l *SourceChain) typed(request filestore.Request, password secret.Value, keep keeper, more int) filestore.Key {
	key := filestore.Key{Password: password, From: "the prompt", Keep: keep}
	if more > 0 {
		key.Again = func(ctx context.Context) (filestore.Key, error) {
			l.config.Note("This password does not open the store; try again. A recovery key is a password too.")
			password, err := l.prompt(request, false).Lookup(ctx)
			if err != nil {
				return filestore.Key{}, fmt.Errorf("the prompt: %w", err)
			}
			l.remember(password)
			return l.typed(request, password, keep, more-1), nil
		}
	}
	return key
}

// kept returns the sources whose passwords may be outdated: the inherited one and the
// keyrings, first for the account, then for the accounts that an interrupted change may
// have left.
func (l *SourceChain) kept(request filestore.Request) []PasswordSource {
	var rungs []PasswordSource
	if l.config.Inherited != nil {
		rungs = append(rungs, *l.config.Inherited)
	}
	for _, account := range append([]string{request.Account}, request.Spare...) {
		for _, keyring := range l.config.Keyrings {
			rung := keyring.source(account)
			if account != request.Account {
				rung.Name += " (" + account + ")"
			}
			rungs = append(rungs, rung)
		}
	}
	return rungs
}

// NewKey returns a password for a new store. It takes the first of: a given one; one
// that a lasting keyring keeps for the account already, or a random one that it will
// keep; the present password of a store that the new one replaces; one of a fallback
// source or of the user. Except for one in a keyring, it has at least MinPassword
// characters.
func (l *SourceChain) NewKey(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var walk lookup
	for _, rung := range l.config.Given {
		if password, ok := walk.try(ctx, rung.requireLength(), true); ok {
			return filestore.Key{Password: password, From: rung.Name, Keep: l.keepBeside}, nil
		}
	}
	for _, keyring := range l.config.Keyrings {
		password, ok := walk.try(ctx, keyring.source(request.Account), true)
		switch {
		case ok && keyring.Persistent:
			return filestore.Key{Password: password, From: keyring.from()}, nil
		case keyring.Persistent && walk.empty:
			return filestore.Key{Password: filestore.GeneratePassword(), From: keyring.from(), Keep: keyring.replace}, nil
		}
	}
	if walk.stop == nil && request.Present.Password.Len() > 0 {
		return filestore.Key{Password: request.Present.Password, From: request.Present.From, Keep: l.keepBeside}, nil
	}
	for _, rung := range append(slices.Clip(l.config.Fallback), l.prompt(request, true)) {
		if password, ok := walk.try(ctx, rung.requireLength(), true); ok {
			return filestore.Key{Password: password, From: rung.Name, Keep: l.keepBeside}, nil
		}
	}
	return filestore.Key{}, walk.failed(request)
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
func (l *SourceChain) Replacement(ctx context.Context, request filestore.Request, c Change) (filestore.Key, error) {
	var walk lookup
	if c.File != "" {
		password, ok := walk.try(ctx, named("--new-password-file", c.File).requireLength(), true)
		if !ok {
			return filestore.Key{}, walk.failed(request)
		}
		return filestore.Key{Password: password, From: "--new-password-file", Keep: l.keep}, nil
	}
	if !c.Typed || c.Generate {
		for _, keyring := range l.config.Keyrings {
			_, had := walk.try(ctx, keyring.source(request.Account), true)
			if keyring.Persistent && (had || walk.empty) {
				return filestore.Key{Password: filestore.GeneratePassword(), From: keyring.from(), Keep: keyring.replace}, nil
			}
		}
	}
	if c.Generate && walk.stop == nil {
		return filestore.Key{}, secret.Usagef("--generate needs a keyring that survives a reboot, and this machine has none; use --new-password-file")
	}
	password, ok := walk.try(ctx, l.prompt(request, true), true)
	if !ok && walk.stop == nil {
		return filestore.Key{}, secret.Usagef("no new password: name a file with --new-password-file, or let one be made with --generate")
	}
	if !ok {
		return filestore.Key{}, walk.failed(request)
	}
	return filestore.Key{Password: password, From: "the prompt", Keep: l.keep}, nil
}

func (l *SourceChain) prompt(request filestore.Request, twice bool) PasswordSource {
	return PasswordSource{Name: "the prompt", Lookup: func(ctx context.Context) (secret.Value, error) {
		p := l.config.Prompter
		switch {
		case request.Quiet, p == nil, !p.Interactive():
			return secret.Value{}, fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
		case twice:
			return l.newPassword(ctx)
		}
		return p.Hidden(ctx, "Password of the secrets store: ")
	}}
}

// newPassword asks until a password is long enough, three times at most.
func (l *SourceChain) newPassword(ctx context.Context) (secret.Value, error) {
	for n := 1; ; n++ {
		password, err := l.config.Prompter.HiddenTwice(ctx, "New password for the secrets store: ", "The same again: ")
		if err != nil || n == prompts || longEnough(password) {
			return password, err
		}
		l.config.Note(fmt.Sprintf("A new password has at least %d characters.", MinPassword))
	}
}
