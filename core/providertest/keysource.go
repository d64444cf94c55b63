package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// KeyHarness describes a key source to the suite. Only New is required; each other
// field enables more tests.
type KeyHarness struct {
	// New returns a key source with its own empty keyring, and is called for each
	// subtest.
	New func(t testing.TB) provider.KeySource
	// Reopen returns a second key source with k's keyring, as another process would
	// open it.
	Reopen func(t testing.TB, k provider.KeySource) provider.KeySource
	// Absent returns a key source for a machine or session without such a keyring.
	Absent func(t testing.TB) provider.KeySource
	// Accounts are two accounts for which the source can keep a password. The default
	// is the suite's own.
	Accounts []string
	// Break makes k's keyring fail from now on (locked, denied, unavailable).
	Break func(t testing.TB, k provider.KeySource)
	// Hang makes k's keyring stop responding until the test ends.
	Hang func(t testing.TB, k provider.KeySource)
}

// RunKeySource tests every promise of a provider.KeySource. The subtests run
// sequentially.
func RunKeySource(t *testing.T, h KeyHarness) {
	t.Helper()
	if h.New == nil {
		t.Fatal("a KeyHarness needs New")
	}
	run(t, h.promises())
}

func (h KeyHarness) promises() []promise {
	if h.Accounts == nil {
		h.Accounts = []string{"toolhive", "toolhive-0123456789abcdef"}
	}
	var list []promise
	cases := slices.Clone(keyCases)
	for _, op := range keyOperations {
		cases = append(cases, contextCases(op)...)
	}
	for _, one := range cases {
		list = append(list, promise{one.name, func(t testing.TB) error {
			return one.keep(&keySubject{KeyHarness: h, t: t, k: h.New(t), ctx: t.Context(), secret: canary()})
		}})
	}
	return list
}

type keySubject struct {
	KeyHarness
	t   testing.TB
	k   provider.KeySource
	ctx context.Context
	// secret is the password of the operations.
	secret secret.Value
}

type keyCase struct {
	name string
	keep func(*keySubject) error
}

var keyCases = []keyCase{
	{"Keep_IsAnswered", func(s *keySubject) error {
		password := secret.NewValue([]byte(` käse "$x" 'y' \\ `))
		if err := s.k.Keep(s.ctx, s.Accounts[0], password); err != nil {
			return err
		}
		return keeps(s.ctx, s.k, s.Accounts[0], password)
	}},
	{"Keep_ReplacesWhatWasThere", func(s *keySubject) error {
		if err := s.k.Keep(s.ctx, s.Accounts[0], canary()); err != nil {
			return err
		}
		return s.keepBoth()
	}},
	{"Keep_SurvivesReopening", func(s *keySubject) error {
		if s.Reopen == nil {
			return skipped("the KeyHarness has no Reopen")
		}
		password := canary()
		if err := s.k.Keep(s.ctx, s.Accounts[0], password); err != nil {
			return err
		}
		return keeps(s.ctx, s.Reopen(s.t, s.k), s.Accounts[0], password)
	}},
	{"Password_MissingIsNotFound", func(s *keySubject) error {
		return is("Password of an account that has none", s.password(s.ctx), secret.ErrNotFound)
	}},
	{"Password_AbsentSourceIsUnsupported", func(s *keySubject) error {
		if s.Absent == nil {
			return skipped("the KeyHarness has no Absent")
		}
		_, err := s.Absent(s.t).Password(s.ctx, s.Accounts[0])
		return is("Password where there is no such source", err, secret.ErrUnsupported)
	}},
	{"Forget_IsGone", func(s *keySubject) error {
		if err := errors.Join(s.keepBoth(), s.k.Forget(s.ctx, s.Accounts[0])); err != nil {
			return err
		}
		return is("Password of a forgotten account", s.password(s.ctx), secret.ErrNotFound)
	}},
	{"Forget_LeavesOthersAlone", func(s *keySubject) error {
		password := canary()
		err := errors.Join(s.k.Keep(s.ctx, s.Accounts[0], canary()), s.k.Keep(s.ctx, s.Accounts[1], password),
			s.k.Forget(s.ctx, s.Accounts[0]))
		if err != nil {
			return err
		}
		return keeps(s.ctx, s.k, s.Accounts[1], password)
	}},
	{"Forget_MissingIsNotFound", func(s *keySubject) error {
		return is("Forget of an account that has none", s.k.Forget(s.ctx, s.Accounts[0]), secret.ErrNotFound)
	}},
	{"Password_ManyGoroutinesAtOnce", func(s *keySubject) error {
		password := canary()
		if err := s.k.Keep(s.ctx, s.Accounts[0], password); err != nil {
			return err
		}
		return allAtOnce([]func() error{func() error { return keeps(s.ctx, s.k, s.Accounts[0], password) }})
	}},
	{"Keep_ManyGoroutinesAtOnce", func(s *keySubject) error {
		password := canary()
		var calls []func() error
		for _, account := range s.Accounts {
			calls = append(calls, func() error { return s.k.Keep(s.ctx, account, password) })
		}
		if err := allAtOnce(calls, secret.ErrConflict); err != nil {
			return err
		}
		return all(s.Accounts, func(account string) error { return keeps(s.ctx, s.k, account, password) })
	}},
	{"Forget_ManyGoroutinesAtOnce", func(s *keySubject) error {
		if err := s.keepBoth(); err != nil {
			return err
		}
		var calls []func() error
		for _, account := range s.Accounts {
			calls = append(calls, func() error { return s.k.Forget(s.ctx, account) })
		}
		if err := allAtOnce(calls, secret.ErrNotFound, secret.ErrConflict); err != nil {
			return err
		}
		return all(s.Accounts, func(account string) error {
			_, err := s.k.Password(s.ctx, account)
			return is("Password of a forgotten account", err, secret.ErrNotFound)
		})
	}},
	{"Errors_WrapExactlyOneSentinel", func(s *keySubject) error { return all(s.errors(), oneSentinel) }},
	{"Errors_AreLowerCase", func(s *keySubject) error { return all(s.errors(), lowerCase) }},
	{"Errors_HoldNoValue", func(s *keySubject) error {
		return all(s.errors(), func(err error) error {
			return holdsNone(err.Error(), map[secret.Ref]secret.Value{{}: s.secret})
		})
	}},
}

// keyOperation calls one method for the first account.
type keyOperation struct {
	name string
	call func(s *keySubject, ctx context.Context) error
}

var keyOperations = []keyOperation{
	{"Password", (*keySubject).password},
	{"Keep", func(s *keySubject, ctx context.Context) error { return s.k.Keep(ctx, s.Accounts[0], s.secret) }},
	{"Forget", func(s *keySubject, ctx context.Context) error { return s.k.Forget(ctx, s.Accounts[0]) }},
}

// contextCases returns the promises of op for a keyring that fails or hangs, and for a
// context that is done.
func contextCases(op keyOperation) []keyCase {
	return []keyCase{
		{op.name + "_BrokenSourceIsNotEmpty", func(s *keySubject) error {
			if s.Break == nil {
				return skipped("the KeyHarness has no Break")
			}
			s.Break(s.t, s.k)
			err := op.call(s, s.ctx)
			if err == nil || errors.Is(err, secret.ErrNotFound) || errors.Is(err, secret.ErrUnsupported) {
				return fmt.Errorf("%s: the error of a broken source is %v, which lets another be asked in its place", op.name, err)
			}
			return nil
		}},
		{op.name + "_HangingSourceEndsWithTheContext", func(s *keySubject) error {
			if s.Hang == nil {
				return skipped("the KeyHarness has no Hang")
			}
			s.Hang(s.t, s.k)
			return endsWith(s.ctx, func(ctx context.Context) error { return op.call(s, ctx) })
		}},
		{op.name + "_ContextErrorsAreUnchanged", func(s *keySubject) error {
			return contextErrors(s.ctx, op.name, func(ctx context.Context) error { return op.call(s, ctx) })
		}},
	}
}

// errors returns the errors of operations on an account without a password, with a
// context that is done, and with a broken keyring. The keyring stays broken.
func (s *keySubject) errors() []error {
	canceled, cancel := context.WithCancel(s.ctx)
	cancel()
	provoked := []error{s.password(s.ctx), s.k.Forget(s.ctx, s.Accounts[0]), s.k.Keep(canceled, s.Accounts[0], s.secret)}
	if s.Break != nil {
		s.Break(s.t, s.k)
		for _, op := range keyOperations {
			provoked = append(provoked, op.call(s, s.ctx))
		}
	}
	return slices.DeleteFunc(provoked, func(err error) bool { return err == nil })
}

func (s *keySubject) password(ctx context.Context) error {
	_, err := s.k.Password(ctx, s.Accounts[0])
	return err
}

// keepBoth stores a password for each account, and reads both back.
func (s *keySubject) keepBoth() error {
	first, second := canary(), canary()
	err := errors.Join(s.k.Keep(s.ctx, s.Accounts[0], first), s.k.Keep(s.ctx, s.Accounts[1], second))
	if err != nil {
		return err
	}
	return errors.Join(keeps(s.ctx, s.k, s.Accounts[0], first), keeps(s.ctx, s.k, s.Accounts[1], second))
}

func keeps(ctx context.Context, k provider.KeySource, account string, password secret.Value) error {
	got, err := k.Password(ctx, account)
	if err != nil {
		return fmt.Errorf("Password(%q): %w", account, err)
	}
	if !got.Equal(password) {
		return fmt.Errorf("Password(%q) answers another password than was kept", account)
	}
	return nil
}
