package providertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// keys is a right key source over a Memory, whose methods a case can make wrong.
type keys struct {
	store           Memory
	broken, hanging atomic.Bool
	busy            atomic.Int32

	password func(context.Context, string) (secret.Value, error)
	keep     func(context.Context, string, secret.Value) error
	forget   func(context.Context, string) error
	reopen   func() *keys
	absent   error
}

func newKeys() *keys {
	k := &keys{absent: secret.ErrUnsupported}
	k.password = func(ctx context.Context, account string) (secret.Value, error) {
		if err := k.ready(ctx); err != nil {
			return secret.Value{}, err
		}
		return k.store.Get(ctx, mustRef(account))
	}
	k.keep = func(ctx context.Context, account string, password secret.Value) error {
		if err := k.ready(ctx); err != nil {
			return err
		}
		return k.store.Put(ctx, mustRef(account), password)
	}
	k.forget = func(ctx context.Context, account string) error {
		if err := k.ready(ctx); err != nil {
			return err
		}
		return k.store.Delete(ctx, mustRef(account))
	}
	k.reopen = func() *keys { return k }
	return k
}

// ready stands before every right method.
func (k *keys) ready(ctx context.Context) error {
	if k.hanging.Load() {
		<-ctx.Done()
	}
	if ctx.Err() == nil && k.broken.Load() {
		return secret.ErrLocked
	}
	return ctx.Err()
}

// before has method op answer what first does, unless that is nil.
func before(op string, first func(context.Context, *keys) error) func(*keys) {
	return func(k *keys) {
		password, keep, forget := k.password, k.keep, k.forget
		switch op {
		case "Password":
			k.password = func(ctx context.Context, account string) (secret.Value, error) {
				if err := first(ctx, k); err != nil {
					return secret.Value{}, err
				}
				return password(ctx, account)
			}
		case "Keep":
			k.keep = func(ctx context.Context, account string, value secret.Value) error {
				if err := first(ctx, k); err != nil {
					return err
				}
				return keep(ctx, account, value)
			}
		case "Forget":
			k.forget = func(ctx context.Context, account string) error {
				if err := first(ctx, k); err != nil {
					return err
				}
				return forget(ctx, account)
			}
		}
	}
}

// empty claims that a broken source has no password.
func empty(ctx context.Context, k *keys) error {
	if ctx.Err() == nil && k.broken.Load() {
		return secret.ErrUnsupported
	}
	return nil
}

// mute ends with its context, and does not say so.
func mute(ctx context.Context, k *keys) error {
	if k.hanging.Load() {
		<-ctx.Done()
		return secret.ErrUnavailable
	}
	return nil
}

// lone serves one goroutine at a time.
func lone(_ context.Context, k *keys) error {
	defer k.busy.Add(-1)
	if k.busy.Add(1) > 1 {
		return secret.ErrUnavailable
	}
	<-tick()
	return nil
}

func (k *keys) Password(ctx context.Context, account string) (secret.Value, error) {
	return k.password(ctx, account)
}
func (k *keys) Keep(ctx context.Context, account string, password secret.Value) error {
	return k.keep(ctx, account, password)
}
func (k *keys) Forget(ctx context.Context, account string) error { return k.forget(ctx, account) }

func keyHarness(spoil func(*keys)) KeyHarness {
	fresh := func() *keys {
		k := newKeys()
		spoil(k)
		return k
	}
	return KeyHarness{
		New:    func(testing.TB) provider.KeySource { return fresh() },
		Reopen: func(_ testing.TB, k provider.KeySource) provider.KeySource { return k.(*keys).reopen() },
		Absent: func(testing.TB) provider.KeySource {
			k := fresh()
			k.password = func(context.Context, string) (secret.Value, error) { return secret.Value{}, k.absent }
			return k
		},
		Break: func(_ testing.TB, k provider.KeySource) { k.(*keys).broken.Store(true) },
		Hang:  func(_ testing.TB, k provider.KeySource) { k.(*keys).hanging.Store(true) },
	}
}

func TestRunKeySource_RightSourcePasses(t *testing.T) {
	RunKeySource(t, keyHarness(func(*keys) {}))
}

func TestRunKeySource_EachWrongSourceFailsExactlyItsPromise(t *testing.T) {
	names := map[string]bool{}
	for _, p := range keyHarness(func(*keys) {}).promises() {
		names[p.name] = true
		spoil, ok := brokenKeys[p.name]
		if !ok {
			t.Errorf("no key source breaks the promise %s", p.name)
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			failed := broken(t, keyHarness(spoil).promises())
			if !slices.Equal(failed, []string{p.name}) {
				t.Errorf("a key source that breaks this promise fails %q", failed)
			}
		})
	}
	for name := range brokenKeys {
		if !names[name] {
			t.Errorf("there is no promise %s", name)
		}
	}
}

// Whatever call an error comes from, its text and class are looked at.
func TestRunKeySource_ErrorsOfEveryMethodAreLookedAt(t *testing.T) {
	for name, wrong := range map[string]error{
		"Errors_WrapExactlyOneSentinel": errors.Join(secret.ErrDenied, secret.ErrLocked),
		"Errors_AreLowerCase":           fmt.Errorf("No: %w", secret.ErrLocked),
	} {
		for _, op := range keyOperations {
			failed := broken(t, keyHarness(before(op.name, func(ctx context.Context, k *keys) error {
				if ctx.Err() == nil && k.broken.Load() {
					return wrong
				}
				return nil
			})).promises())
			if !slices.Equal(failed, []string{name}) {
				t.Errorf("%s that breaks %s fails %q", op.name, name, failed)
			}
		}
	}
}

// onMissing changes the error of a password that is not there.
func onMissing(change func(k *keys, err error) error) func(*keys) {
	return func(k *keys) {
		right := k.password
		k.password = func(ctx context.Context, account string) (secret.Value, error) {
			value, err := right(ctx, account)
			if errors.Is(err, secret.ErrNotFound) {
				err = change(k, err)
			}
			return value, err
		}
	}
}

var brokenKeys = map[string]func(*keys){
	"Keep_IsAnswered": func(k *keys) {
		right := k.keep
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			return right(ctx, account, secret.NewValue(bytes.TrimSpace(password.Bytes())))
		}
	},
	"Keep_ReplacesWhatWasThere": func(k *keys) {
		right := k.keep
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			if _, err := k.store.Get(ctx, mustRef(account)); err == nil && k.ready(ctx) == nil {
				return nil
			}
			return right(ctx, account, password)
		}
	},
	"Keep_SurvivesReopening": func(k *keys) { k.reopen = newKeys },
	"Password_MissingIsNotFound": func(k *keys) {
		keep := k.keep
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			k.busy.Store(1)
			return keep(ctx, account, password)
		}
		onMissing(func(k *keys, err error) error {
			if k.busy.Load() == 0 {
				return secret.ErrUnsupported
			}
			return err
		})(k)
	},
	"Password_AbsentSourceIsUnsupported": func(k *keys) { k.absent = secret.ErrUnavailable },
	"Forget_IsGone": func(k *keys) {
		right := k.forget
		k.forget = func(ctx context.Context, account string) error {
			if k.busy.Add(1) > 1 {
				return right(ctx, account)
			}
			_, err := k.password(ctx, account)
			return err
		}
	},
	"Forget_LeavesOthersAlone": func(k *keys) {
		right := k.forget
		k.forget = func(ctx context.Context, account string) error {
			err := right(ctx, account)
			if err == nil {
				_ = k.store.Delete(ctx, mustRef("toolhive-0123456789abcdef"))
			}
			return err
		}
	},
	"Forget_MissingIsNotFound": func(k *keys) {
		keep, forget := k.keep, k.forget
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			k.busy.Store(1)
			return keep(ctx, account, password)
		}
		k.forget = func(ctx context.Context, account string) error {
			err := forget(ctx, account)
			if errors.Is(err, secret.ErrNotFound) && k.busy.Load() == 0 {
				err = secret.ErrDenied
			}
			return err
		}
	},
	"Forget_ContextErrorsAreUnchanged": func(k *keys) {
		right := k.forget
		k.forget = func(ctx context.Context, account string) error {
			err := right(ctx, account)
			if errors.Is(err, context.DeadlineExceeded) {
				err = secret.ErrUnavailable
			}
			return err
		}
	},
	"Password_ContextErrorsAreUnchanged": func(k *keys) {
		right := k.password
		k.password = func(ctx context.Context, account string) (secret.Value, error) {
			value, err := right(ctx, account)
			if errors.Is(err, context.DeadlineExceeded) {
				err = secret.ErrUnavailable
			}
			return value, err
		}
	},
	"Keep_ContextErrorsAreUnchanged": func(k *keys) {
		right := k.keep
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			if ctx.Err() != nil {
				return secret.ErrUnavailable
			}
			return right(ctx, account, password)
		}
	},
	"Password_ManyGoroutinesAtOnce": before("Password", lone),
	"Keep_ManyGoroutinesAtOnce":     before("Keep", lone),
	"Forget_ManyGoroutinesAtOnce":   before("Forget", lone),

	"Password_BrokenSourceIsNotEmpty": before("Password", empty),
	"Keep_BrokenSourceIsNotEmpty":     before("Keep", empty),
	"Forget_BrokenSourceIsNotEmpty":   before("Forget", empty),

	"Password_HangingSourceEndsWithTheContext": before("Password", mute),
	"Keep_HangingSourceEndsWithTheContext":     before("Keep", mute),
	"Forget_HangingSourceEndsWithTheContext":   before("Forget", mute),

	"Errors_WrapExactlyOneSentinel": onMissing(func(_ *keys, err error) error { return errors.Join(err, secret.ErrDenied) }),
	"Errors_AreLowerCase":           onMissing(func(_ *keys, err error) error { return fmt.Errorf("No: %w", err) }),
	"Errors_HoldNoValue": func(k *keys) {
		right := k.keep
		k.keep = func(ctx context.Context, account string, password secret.Value) error {
			if err := right(ctx, account, password); err != nil {
				return fmt.Errorf("%w: keeping %s", err, password.Bytes())
			}
			return nil
		}
	},
}
