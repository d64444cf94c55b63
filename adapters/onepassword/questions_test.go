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

func TestAnswer_IsAskedForOnceAtATime(t *testing.T) {
	for _, fails := range []error{nil, secret.ErrUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			var q questions[string]
			var asked atomic.Int64
			goOn := make(chan struct{})
			ask := func() (string, error) {
				asked.Add(1)
				<-goOn
				return "answer", fails
			}
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					if got, err := q.answer(t.Context(), "words", ask); got != "answer" || !errors.Is(err, fails) {
						t.Errorf("%q, %v", got, err)
					}
				})
			}
			synctest.Wait()
			close(goOn)
			all.Wait()
			if asked.Load() != 1 {
				t.Errorf("asked %d times", asked.Load())
			}
			// A failure was theirs, an answer is everybody's.
			_, _ = q.answer(t.Context(), "words", ask)
			_, _ = q.answer(t.Context(), "other words", ask)
			if want := map[bool]int64{true: 2, false: 3}[fails == nil]; asked.Load() != want {
				t.Errorf("asked %d times", asked.Load())
			}
		})
	}
}

func TestAnswer_AFailureIsKeptWhereItIsTheLookups(t *testing.T) {
	q, asked := questions[string]{keep: true}, 0
	for range 3 {
		if _, err := q.answer(t.Context(), "", func() (string, error) { asked++; return "", secret.ErrDenied }); !errors.Is(err, secret.ErrDenied) {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestAnswer_WhoGivesUpGivesUpForNobodyElse(t *testing.T) {
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			q := questions[string]{keep: keep}
			first, giveUp := context.WithCancel(t.Context())
			impatient, leave := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() {
				_, err := q.answer(first, "", func() (string, error) { <-first.Done(); return "", first.Err() })
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the first: %v", err)
				}
			})
			synctest.Wait()
			all.Go(func() {
				if got, err := q.answer(t.Context(), "", func() (string, error) { return "answer", nil }); got != "answer" || err != nil {
					t.Errorf("the second: %q, %v", got, err)
				}
			})
			all.Go(func() {
				if _, err := q.answer(impatient, "", nil); !errors.Is(err, context.Canceled) {
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

func TestAnswer_APanicIsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q questions[string]
		goOn := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			defer func() { _ = recover() }()
			_, _ = q.answer(t.Context(), "", func() (string, error) { <-goOn; panic("boom") })
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := q.answer(t.Context(), "", nil); !errors.Is(err, secret.ErrUnavailable) {
				t.Error(err)
			}
		})
		synctest.Wait()
		close(goOn)
		all.Wait()
	})
}
