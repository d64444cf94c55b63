package providertest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func TestMemory_HasEveryCapability(t *testing.T) {
	if got := provider.Capabilities(&Memory{}); got != everything {
		t.Errorf("capabilities are %v", got)
	}
}

func TestFaulty_FailsEveryCallAsPlanned(t *testing.T) {
	var calls []string
	f := &Faulty{Plan: func(c Call) Fault {
		calls = append(calls, c.Op)
		return Fail(secret.ErrLocked)
	}}
	ctx, ref := t.Context(), mustRef("a")
	_, get := f.Get(ctx, ref)
	_, getAll := f.GetAll(ctx, []secret.Ref{ref})
	failed := []error{get, f.Put(ctx, ref, secret.Value{}), f.Delete(ctx, ref), getAll, f.Check(ctx)}
	for _, err := range f.List(ctx) {
		failed = append(failed, err)
	}
	for i, err := range failed {
		if !errors.Is(err, secret.ErrLocked) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if len(calls) != 6 || len(failed) != 6 {
		t.Errorf("calls %q, %d failures", calls, len(failed))
	}
}

func TestDelay_EndsWithItsTimeOrContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := Delay(time.Hour)(t.Context()); err != nil || time.Since(began) != time.Hour {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := Delay(time.Hour)(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestHang_IgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, ended := make(chan struct{}), false
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_ = Hang(release)(ctx)
			ended = true
		}()
		cancel()
		synctest.Wait()
		if ended {
			t.Error("it ended with its context")
		}
		close(release)
		synctest.Wait()
		if !ended {
			t.Error("it did not end when released")
		}
	})
}
