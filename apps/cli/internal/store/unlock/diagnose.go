package unlock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// diagnoseWait bounds the wait for one source in a diagnosis.
const diagnoseWait = 5 * time.Second

// Diagnose tries every source of the chain for the store of request, concurrently and
// each bounded in time, and returns them in the chain's order. It never prompts and
// changes nothing. A keyring that reports that it is locked is not asked for a
// password, since the desktop would then prompt for its own.
//
// opens reports whether a password opens the store; it is called by one goroutine at a
// time, since a key derivation needs much memory. It is nil if there is no store yet:
// then a keyring is asked for a password only if request has an account.
func (l *SourceChain) Diagnose(ctx context.Context, request filestore.Request, opens Opens) Diagnosis {
	var asks []question
	for _, rung := range l.config.Given {
		asks = append(asks, question{SourceStatus{Source: rung.Name, Kind: KindGiven}, rung.Lookup, true})
	}
	for _, keyring := range l.config.Keyrings {
		found := SourceStatus{Source: keyring.Name, Kind: KindKeyring, Lasting: keyring.Persistent}
		for _, account := range append([]string{request.Account}, request.Spare...) {
			asks = append(asks, question{found, keyring.unprompted(account), account == request.Account})
		}
	}
	for _, rung := range l.config.Fallback {
		asks = append(asks, question{SourceStatus{Source: rung.Name, Kind: KindFallback}, rung.Lookup, true})
	}
	trial := &trial{opens: opens}
	var all sync.WaitGroup
	for i := range asks {
		all.Go(func() { asks[i].find(ctx, trial) })
	}
	all.Wait()
	return Diagnosis{Exists: opens != nil, Sources: append(merged(asks), l.person())}
}

// Opens reports whether a password opens a store. Its error says that the store
// could not be read.
type Opens func(context.Context, secret.Value) (bool, error)

// ask is one question of a diagnosis and what came of it.
type question struct {
	status SourceStatus
	answer func(context.Context) (secret.Value, error)
	// first is whether it is the source's first question.
	first bool
}

func (a *question) find(ctx context.Context, trial *trial) {
	timed, cancel := context.WithTimeout(ctx, diagnoseWait)
	defer cancel()
	password, err := bounded(timed, func() (secret.Value, error) { return a.answer(timed) })
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer within %v", secret.ErrUnavailable, diagnoseWait)
	}
	if err != nil {
		a.status.State, a.status.Err = stateOf(err), err
		return
	}
	a.status.State, a.status.Err = trial.try(ctx, password)
}

func stateOf(err error) State {
	switch secret.ClassOf(err) {
	case secret.ClassNotFound:
		return Empty
	case secret.ClassUnsupported:
		return Absent
	}
	return Broken
}

// trial tries passwords on the store, one at a time.
type trial struct {
	turn  sync.Mutex
	opens Opens
}

func (t *trial) try(ctx context.Context, password secret.Value) (State, error) {
	if t.opens == nil {
		return Unverified, nil
	}
	t.turn.Lock()
	defer t.turn.Unlock()
	opened, err := t.opens(ctx, password)
	switch {
	case err != nil:
		return StoreUnreadable, err
	case opened:
		return Valid, nil
	}
	return Invalid, nil
}

// merged makes one finding of the questions that were put to one source: the best
// answer counts.
func merged(asks []question) []SourceStatus {
	var findings []SourceStatus
	for _, a := range asks {
		last := len(findings) - 1
		if a.first {
			findings = append(findings, a.status)
		} else if a.status.State.better(findings[last].State) {
			findings[last] = a.status
		}
	}
	return findings
}

// unprompted looks up what the keyring keeps for account; without an account, it only
// checks whether the keyring works.
func (k Keyring) unprompted(account string) func(context.Context) (secret.Value, error) {
	return func(ctx context.Context) (secret.Value, error) {
		checker, ok := k.Source.(interface{ Check(context.Context) error })
		if !ok {
			return k.Source.Password(ctx, account)
		}
		if err := checker.Check(ctx); err != nil {
			return secret.Value{}, err
		}
		if account == "" {
			return secret.Value{}, fmt.Errorf("%w: there is no store yet whose password it could keep", secret.ErrNotFound)
		}
		return k.Source.Password(ctx, account)
	}
}

// person reports whether the user can be asked.
func (l *SourceChain) person() SourceStatus {
	found := SourceStatus{Source: "the prompt", Kind: KindPerson, State: Interactive}
	if p := l.config.Prompter; p == nil || !p.Interactive() {
		found.State = Absent
		found.Err = fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
	}
	return found
}
