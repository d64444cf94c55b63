package keyring

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// hang is a call that knows no context, until it is over.
func hang(over <-chan struct{}) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		<-over
		return 1, nil
	}
}

func TestBounded_GivesUpOnACallThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		start := time.Now()
		value, err := bounded(t.Context(), time.Minute, hang(over))
		if !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || value != 0 {
			t.Errorf("got %d, %v; want ErrUnavailable alone", value, err)
		}
		if took := time.Since(start); took != time.Minute+grace {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestBounded_FollowsTheCallerAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := bounded(ctx, time.Minute, hang(over))
		if err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("returned after %v", took)
		}
	})
}

func TestBounded_TellsALockFromSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := bounded(t.Context(), time.Minute, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, secret.ErrLocked
		})
		if !errors.Is(err, secret.ErrLocked) {
			t.Errorf("got %v", err)
		}
	})
}
