package onepassword

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/core/secret"
)

func TestMemo_SharesConcurrentCalls(t *testing.T) {
	for _, fails := range []error{nil, secret.ErrUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			var m memo[string]
			var asked atomic.Int64
			proceed := make(chan struct{})
			ask := func() (string, error) {
				asked.Add(1)
				<-proceed
				return "answer", fails
			}
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					if got, err := m.do(t.Context(), "key", ask); got != "answer" || !errors.Is(err, fails) {
						t.Errorf("got %q, %v, want %q, %v", got, err, "answer", fails)
					}
				})
			}
			synctest.Wait()
			close(proceed)
			all.Wait()
			if asked.Load() != 1 {
				t.Errorf("asked %d times, want 1", asked.Load())
			}
			// An error is not remembered, a result is.
			_, _ = m.do(t.Context(), "key", ask)
			_, _ = m.do(t.Context(), "other key", ask)
			if want := map[bool]int64{true: 2, false: 3}[fails == nil]; asked.Load() != want {
				t.Errorf("asked %d times, want %d", asked.Load(), want)
			}
		})
	}
}

func TestMemo_KeepsErrorsIfTold(t *testing.T) {
	m, asked := memo[string]{keep: true}, 0
	for range 3 {
		if _, err := m.do(t.Context(), "", func() (string, error) { asked++; return "", secret.ErrDenied }); !errors.Is(err, secret.ErrDenied) {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want 1", asked)
	}
}

func TestMemo_ACanceledCallerCancelsNoOther(t *testing.T) {
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := memo[string]{keep: keep}
			first, giveUp := context.WithCancel(t.Context())
			impatient, leave := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() {
				_, err := m.do(first, "", func() (string, error) { <-first.Done(); return "", first.Err() })
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the first: %v", err)
				}
			})
			synctest.Wait()
			all.Go(func() {
				if got, err := m.do(t.Context(), "", func() (string, error) { return "answer", nil }); got != "answer" || err != nil {
					t.Errorf("the second: %q, %v", got, err)
				}
			})
			all.Go(func() {
				if _, err := m.do(impatient, "", nil); !errors.Is(err, context.Canceled) {
					t.Errorf("the third: %v", err)
				}
			})
			synctest.Wait()
			leave()
			synctest.Wait()
			giveUp()
			all.Wait()
		})
	}
}

func TestMemo_APanicIsAnErrorForThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[string]
		proceed := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			defer func() { _ = recover() }()
			_, _ = m.do(t.Context(), "", func() (string, error) { <-proceed; panic("boom") })
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := m.do(t.Context(), "", nil); !errors.Is(err, secret.ErrUnavailable) {
				t.Error(err)
			}
		})
		synctest.Wait()
		close(proceed)
		all.Wait()
	})
}
