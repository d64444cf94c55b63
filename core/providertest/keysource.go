package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// KeyHarness tells the suite about one key source. New must be set; more fields
// prove more.
type KeyHarness struct {
	// New makes a key source over an empty keyring of its own, once for each
	// subtest.
	New func(t testing.TB) provider.KeySource
	// Reopen makes a second one over k's keyring, as another process would.
	Reopen func(t testing.TB, k provider.KeySource) provider.KeySource
	// Absent makes one for a machine or session that has no such keyring.
	Absent func(t testing.TB) provider.KeySource
	// Accounts are two that the source can hold; nil are some of the suite's.
	Accounts []string
	// Break makes k's keyring fail from now on (locked, denied, not answering).
	Break func(t testing.TB, k provider.KeySource)
	// Hang makes k's keyring answer nothing any more until the test ends.
	Hang func(t testing.TB, k provider.KeySource)
}

// RunKeySource tests every promise of a provider.KeySource. The subtests run one
// after the other.
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
	for _, one := range keyCases {
		list = append(list, promise{one.name, func(t testing.TB) error {
			return one.keep(&keySubject{KeyHarness: h, t: t, k: h.New(t), ctx: t.Context()})
		}})
	}
	return list
}

type keySubject struct {
	KeyHarness
	t   testing.TB
	k   provider.KeySource
	ctx context.Context
}

var keyCases = []struct {
	name string
	keep func(*keySubject) error
}{
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
	{"Password_BrokenSourceIsNotEmpty", func(s *keySubject) error {
		if s.Break == nil {
			return skipped("the KeyHarness has no Break")
		}
		s.Break(s.t, s.k)
		err := s.password(s.ctx)
		if err == nil || errors.Is(err, secret.ErrNotFound) || errors.Is(err, secret.ErrUnsupported) {
			return fmt.Errorf("the error of a broken source is %v, which lets another be asked in its place", err)
		}
		return oneSentinel(err)
	}},
	{"Password_HangingSourceEndsWithTheContext", func(s *keySubject) error {
		if s.Hang == nil {
			return skipped("the KeyHarness has no Hang")
		}
		s.Hang(s.t, s.k)
		return endsWith(s.ctx, s.password)
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
	{"Password_ContextErrorsAreUnchanged", func(s *keySubject) error {
		return contextErrors(s.ctx, "Password", s.password)
	}},
	{"Keep_ContextErrorsAreUnchanged", func(s *keySubject) error {
		return contextErrors(s.ctx, "Keep", func(ctx context.Context) error {
			return s.k.Keep(ctx, s.Accounts[0], canary())
		})
	}},
	{"Forget_ContextErrorsAreUnchanged", func(s *keySubject) error {
		return contextErrors(s.ctx, "Forget", func(ctx context.Context) error {
			return s.k.Forget(ctx, s.Accounts[0])
		})
	}},
	{"Password_ManyGoroutinesAtOnce", func(s *keySubject) error {
		password := canary()
		if err := s.k.Keep(s.ctx, s.Accounts[0], password); err != nil {
			return err
		}
		var readers sync.WaitGroup
		found := make([]error, 8)
		for i := range found {
			readers.Go(func() { found[i] = keeps(s.ctx, s.k, s.Accounts[0], password) })
		}
		readers.Wait()
		return errors.Join(found...)
	}},
	{"Errors_WrapExactlyOneSentinel", func(s *keySubject) error { return all(s.errors(), oneSentinel) }},
	{"Errors_AreLowerCase", func(s *keySubject) error { return all(s.errors(), lowerCase) }},
	{"Errors_HoldNoValue", func(s *keySubject) error {
		password := canary()
		canceled, cancel := context.WithCancel(s.ctx)
		cancel()
		failed := append(s.errors(), s.k.Keep(canceled, s.Accounts[0], password))
		return all(failed, func(err error) error {
			if err == nil {
				return nil
			}
			return holdsNone(err.Error(), map[secret.Ref]secret.Value{{}: password})
		})
	}},
}

// errors are those of operations on an account that has no password.
func (s *keySubject) errors() []error {
	var list []error
	for _, err := range []error{s.password(s.ctx), s.k.Forget(s.ctx, s.Accounts[0])} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

func (s *keySubject) password(ctx context.Context) error {
	_, err := s.k.Password(ctx, s.Accounts[0])
	return err
}

// keepBoth keeps a password for each account, and reads both back.
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
