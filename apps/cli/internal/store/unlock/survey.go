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

// surveyWait bounds the wait for one rung's answer in a survey.
const surveyWait = 5 * time.Second

// Survey asks every rung of the ladder what it has for the store of request,
// side by side and each bounded in time, in the ladder's order. It asks no person
// and changes nothing. A keyring that says by itself that it is locked is not
// asked for a password, since the desktop would then ask for its own.
//
// opens reports whether a password opens the store; it is called by one goroutine
// at a time, since a derivation takes much memory. Where it is nil there is no
// store yet, and a keyring is asked for a password only where request has an
// account.
func (l *Ladder) Survey(ctx context.Context, request filestore.Request, opens Opens) Survey {
	var asks []ask
	for _, rung := range l.config.Given {
		asks = append(asks, ask{Finding{Rung: rung.Name, Kind: KindGiven}, rung.Answer, true})
	}
	for _, keyring := range l.config.Keyrings {
		found := Finding{Rung: keyring.Name, Kind: KindKeyring, Lasting: keyring.Persistent}
		for _, account := range append([]string{request.Account}, request.Spare...) {
			asks = append(asks, ask{found, keyring.unprompted(account), account == request.Account})
		}
	}
	for _, rung := range l.config.Fallback {
		asks = append(asks, ask{Finding{Rung: rung.Name, Kind: KindFallback}, rung.Answer, true})
	}
	trial := &trial{opens: opens}
	var all sync.WaitGroup
	for i := range asks {
		all.Go(func() { asks[i].find(ctx, trial) })
	}
	all.Wait()
	return Survey{Exists: opens != nil, Findings: append(merged(asks), l.person())}
}

// Opens reports whether a password opens a store. Its error says that the store
// could not be read.
type Opens func(context.Context, secret.Value) (bool, error)

// ask is one question of a survey and what came of it.
type ask struct {
	found  Finding
	answer func(context.Context) (secret.Value, error)
	// first is whether it is the rung's first question.
	first bool
}

func (a *ask) find(ctx context.Context, trial *trial) {
	timed, cancel := context.WithTimeout(ctx, surveyWait)
	defer cancel()
	password, err := bounded(timed, func() (secret.Value, error) { return a.answer(timed) })
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer within %v", secret.ErrUnavailable, surveyWait)
	}
	if err != nil {
		a.found.State, a.found.Err = stateOf(err), err
		return
	}
	a.found.State, a.found.Err = trial.try(ctx, password)
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
		return Untried, nil
	}
	t.turn.Lock()
	defer t.turn.Unlock()
	opened, err := t.opens(ctx, password)
	switch {
	case err != nil:
		return Unreadable, err
	case opened:
		return Fits, nil
	}
	return Wrong, nil
}

// merged makes one finding of the questions that were put to one rung: the best
// answer counts.
func merged(asks []ask) []Finding {
	var findings []Finding
	for _, a := range asks {
		last := len(findings) - 1
		if a.first {
			findings = append(findings, a.found)
		} else if a.found.State.better(findings[last].State) {
			findings[last] = a.found
		}
	}
	return findings
}

// unprompted answers what the keyring keeps for account, and where account is
// empty, only whether it could keep something.
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

// person says whether somebody could be asked.
func (l *Ladder) person() Finding {
	found := Finding{Rung: "the prompt", Kind: KindPerson, State: Asks}
	if p := l.config.Prompter; p == nil || !p.Interactive() {
		found.State = Absent
		found.Err = fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
	}
	return found
}
