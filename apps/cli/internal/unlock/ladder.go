// Package unlock answers the encrypted store's question for its password. It
// asks a ladder of places, and the first that has an answer wins: a file or file
// descriptor that the command names, a variable, the operating system's keyring,
// the kernel's, a systemd credential, a person.
//
// A place that is broken is not a place that is empty. For a store that exists
// the ladder goes on past both, since a wrong answer opens nothing; for a store
// that is being made, a broken keyring ends it, so that no second password ever
// comes to stand beside one that could not be read.
package unlock

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Keyring is a place that keeps passwords.
type Keyring struct {
	// Name is for messages, as in "OS keyring".
	Name   string
	Source provider.KeySource
	// Persistent is whether what it keeps survives a reboot.
	Persistent bool
}

// Prompter asks a person.
type Prompter interface {
	Interactive() bool
	Hidden(ctx context.Context, label string) (secret.Value, error)
	HiddenTwice(ctx context.Context, label, again string) (secret.Value, error)
}

// Config says which rungs the ladder has.
type Config struct {
	// Given are the rungs that a person or a program set up for this command:
	// one of them that is set must answer.
	Given []Rung
	// Keyrings are asked in their order.
	Keyrings []Keyring
	// Fallback are the rungs between the keyrings and the person.
	Fallback []Rung
	// Prompter may be nil: then nobody is asked.
	Prompter Prompter
	// KeepGiven also keeps a password from Given in a keyring once it has
	// opened an existing store.
	KeepGiven bool
}

// Ladder implements filestore.Keys. It may be used by many goroutines.
type Ladder struct{ config Config }

var _ filestore.Keys = (*Ladder)(nil)

// New returns a Ladder.
func New(c Config) *Ladder { return &Ladder{config: c} }

// Key answers the password of a store that exists. Where no rung has one it is a
// *NoPasswordError.
func (l *Ladder) Key(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var walk walk
	for _, rung := range l.config.Given {
		if password, ok := walk.try(ctx, rung, true); ok {
			key := filestore.Key{Password: password, From: rung.Name}
			if l.config.KeepGiven {
				key.Keep = l.keep
			}
			return key, nil
		}
	}
	for _, keyring := range l.config.Keyrings {
		if password, ok := walk.try(ctx, keyring.rung(request.Account), false); ok {
			return filestore.Key{Password: password, From: "the " + keyring.Name}, nil
		}
	}
	for _, rung := range l.config.Fallback {
		if password, ok := walk.try(ctx, rung, false); ok {
			return filestore.Key{Password: password, From: rung.Name}, nil
		}
	}
	if password, ok := walk.try(ctx, l.prompt(request, false), true); ok {
		return filestore.Key{Password: password, From: "the prompt", Keep: l.keep}, nil
	}
	return filestore.Key{}, walk.failed(request)
}

// NewKey answers a password for a store that is being made: a given one; else a
// random one where a keyring survives a reboot; else one that a person types.
func (l *Ladder) NewKey(ctx context.Context, request filestore.Request) (filestore.Key, error) {
	var walk walk
	for _, rung := range l.config.Given {
		if password, ok := walk.try(ctx, rung, true); ok {
			return filestore.Key{Password: password, From: rung.Name, Keep: l.keepAny}, nil
		}
	}
	for _, keyring := range l.config.Keyrings {
		password, ok := walk.try(ctx, keyring.rung(request.Account), true)
		if ok {
			return filestore.Key{Password: password, From: "the " + keyring.Name}, nil
		}
		if keyring.Persistent && walk.empty {
			return filestore.Key{
				Password: filestore.GeneratePassword(), From: "the " + keyring.Name, Keep: keyring.Source.Keep,
			}, nil
		}
	}
	for _, rung := range append(slices.Clip(l.config.Fallback), l.prompt(request, true)) {
		if password, ok := walk.try(ctx, rung, true); ok {
			return filestore.Key{Password: password, From: rung.Name, Keep: l.keepAny}, nil
		}
	}
	return filestore.Key{}, walk.failed(request)
}

// Forget removes account's password from every keyring, and answers the names of
// those that had it. Where one keeps the same password for another of aliases,
// it is removed there too. A keyring that this machine does not have is passed
// over; a broken one is an error, after all the others were asked.
func (l *Ladder) Forget(ctx context.Context, account string, aliases ...string) ([]string, error) {
	var had []string
	var errs []error
	for _, keyring := range l.config.Keyrings {
		err := keyring.forget(ctx, account, aliases)
		switch {
		case err == nil:
			had = append(had, keyring.Name)
		case errors.Is(err, secret.ErrNotFound), errors.Is(err, secret.ErrUnsupported):
		default:
			errs = append(errs, fmt.Errorf("%s: %w", keyring.Name, err))
		}
	}
	return had, errors.Join(errs...)
}

func (k Keyring) forget(ctx context.Context, account string, aliases []string) error {
	password, err := k.Source.Password(ctx, account)
	if err != nil {
		return err
	}
	for _, alias := range aliases {
		same, err := k.Source.Password(ctx, alias)
		if err != nil || alias == account || !same.Equal(password) {
			continue
		}
		if err := k.Source.Forget(ctx, alias); err != nil {
			return err
		}
	}
	return k.Source.Forget(ctx, account)
}

// keep stores password in the first keyring that takes it.
func (l *Ladder) keep(ctx context.Context, account string, password secret.Value) error {
	var errs []error
	for _, keyring := range l.config.Keyrings {
		err := keyring.Source.Keep(ctx, account, password)
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", keyring.Name, err))
	}
	return errors.Join(errs...)
}

// keepAny is keep for a store that is being made with a password which somebody
// knows: that no keyring takes it is no reason not to make the store.
func (l *Ladder) keepAny(ctx context.Context, account string, password secret.Value) error {
	_ = l.keep(ctx, account, password)
	return ctx.Err()
}

func (k Keyring) rung(account string) Rung {
	return Rung{Name: k.Name, Answer: func(ctx context.Context) (secret.Value, error) {
		return k.Source.Password(ctx, account)
	}}
}

func (l *Ladder) prompt(request filestore.Request, twice bool) Rung {
	return Rung{Name: "the prompt", Answer: func(ctx context.Context) (secret.Value, error) {
		p := l.config.Prompter
		switch {
		case request.Quiet, p == nil, !p.Interactive():
			return secret.Value{}, fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
		case twice:
			return p.HiddenTwice(ctx, "Password for the new secrets store: ", "The same again: ")
		}
		return p.Hidden(ctx, "Password of the secrets store: ")
	}}
}

// Replacement answers a new password for a store that exists: the one in file;
// else a random one where a keyring survives a reboot; else one that a person
// types. The store keeps it once the store is rewritten.
func (l *Ladder) Replacement(ctx context.Context, request filestore.Request, file string) (filestore.Key, error) {
	if file != "" {
		password, err := readFile(ctx, file)
		if err != nil {
			return filestore.Key{}, fmt.Errorf("--new-password-file: %w", err)
		}
		return filestore.Key{Password: password, From: "--new-password-file", Keep: l.keepAny}, nil
	}
	var walk walk
	for _, keyring := range l.config.Keyrings {
		_, had := walk.try(ctx, keyring.rung(request.Account), true)
		if keyring.Persistent && (had || walk.empty) {
			return filestore.Key{
				Password: filestore.GeneratePassword(), From: "the " + keyring.Name, Keep: keyring.Source.Keep,
			}, nil
		}
	}
	password, ok := walk.try(ctx, l.prompt(request, true), true)
	if !ok {
		return filestore.Key{}, walk.failed(request)
	}
	return filestore.Key{Password: password, From: "the prompt", Keep: l.keepAny}, nil
}
