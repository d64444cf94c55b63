package onepassword

import (
	"context"
	"fmt"
	"sync"

	"github.com/thv-secrets/thv/core/secret"
)

// questions are those that were asked, each by its words, with what was answered.
// The zero questions is empty. Many goroutines may ask at once: who asks what is
// being asked waits for that answer, also where it is a failure.
type questions[T any] struct {
	// keep is whether a failure stays the answer. Else it is that of those who
	// waited for it, and the next one asks anew.
	keep bool
	mu   sync.Mutex
	all  map[string]*question[T]
}

// question is one of them. Its answer and err are set once done is closed.
type question[T any] struct {
	done   chan struct{}
	answer T
	err    error
}

// answer returns what ask answered, which is called where nobody has done so yet.
// The answer is everybody's: it is not changed. ask ends with ctx.
func (q *questions[T]) answer(ctx context.Context, words string, ask func() (T, error)) (T, error) {
	for {
		one, isNew := q.find(words)
		if isNew {
			q.settle(words, one, ask)
			return one.answer, one.err
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if !gaveUp(one.err) || ctx.Err() != nil {
			return one.answer, one.err
		}
	}
}

// gaveUp reports that whoever asked has not waited for the answer, which says
// nothing to others.
func gaveUp(err error) bool {
	class := secret.ClassOf(err)
	return class == secret.ClassCanceled || class == secret.ClassTimeout
}

func (q *questions[T]) find(words string) (one *question[T], isNew bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one, found := q.all[words]; found {
		return one, false
	}
	if q.all == nil {
		q.all = map[string]*question[T]{}
	}
	one = &question[T]{done: make(chan struct{})}
	q.all[words] = one
	return one, true
}

// settle sets the answer of one. Where ask panics, there is none for those who wait.
func (q *questions[T]) settle(words string, one *question[T], ask func() (T, error)) {
	one.err = fmt.Errorf("%w: 1Password could not be asked; try again", secret.ErrUnavailable)
	defer func() {
		if one.err != nil && (!q.keep || gaveUp(one.err)) {
			q.forget(words)
		}
		close(one.done)
	}()
	one.answer, one.err = ask()
}

func (q *questions[T]) forget(words string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.all, words)
}
