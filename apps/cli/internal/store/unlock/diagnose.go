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
func (c *SourceChain) Diagnose(ctx context.Context, request filestore.Request, opens Opens) Diagnosis {
	var checks []sourceCheck
	for _, source := range c.config.Given {
		checks = append(checks, sourceCheck{SourceStatus{Source: source.Name, Kind: KindGiven}, source.Lookup, true})
	}
	for _, keyring := range c.config.Keyrings {
		found := SourceStatus{Source: keyring.Name, Kind: KindKeyring, Lasting: keyring.Persistent}
		for _, account := range append([]string{request.Account}, request.Spare...) {
			checks = append(checks, sourceCheck{found, keyring.unprompted(account), account == request.Account})
		}
	}
	for _, source := range c.config.Fallback {
		checks = append(checks, sourceCheck{SourceStatus{Source: source.Name, Kind: KindFallback}, source.Lookup, true})
	}
	trial := &trial{opens: opens}
	var all sync.WaitGroup
	for i := range checks {
		all.Go(func() { checks[i].run(ctx, trial) })
	}
	all.Wait()
	return Diagnosis{Exists: opens != nil, Sources: append(merged(checks), c.promptStatus())}
}

// Opens reports whether a password opens a store. Its error says that the store
// could not be read.
type Opens func(context.Context, secret.Value) (bool, error)

// sourceCheck is a lookup in one source for a diagnosis, and its result.
type sourceCheck struct {
	status SourceStatus
	lookup func(context.Context) (secret.Value, error)
	// first is whether it is the first lookup in its source.
	first bool
}

func (c *sourceCheck) run(ctx context.Context, trial *trial) {
	timed, cancel := context.WithTimeout(ctx, diagnoseWait)
	defer cancel()
	password, err := bounded(timed, func() (secret.Value, error) { return c.lookup(timed) })
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer within %v", secret.ErrUnavailable, diagnoseWait)
	}
	if err != nil {
		c.status.State, c.status.Err = stateOf(err), err
		return
	}
	c.status.State, c.status.Err = trial.try(ctx, password)
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
	mu    sync.Mutex
	opens Opens
}

func (t *trial) try(ctx context.Context, password secret.Value) (State, error) {
	if t.opens == nil {
		return Unverified, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	opened, err := t.opens(ctx, password)
	switch {
	case err != nil:
		return StoreUnreadable, err
	case opened:
		return Valid, nil
	}
	return Invalid, nil
}

// merged makes one status of the lookups in one source: the best result counts.
func merged(checks []sourceCheck) []SourceStatus {
	var findings []SourceStatus
	for _, a := range checks {
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

// promptStatus reports whether the user can be asked.
func (c *SourceChain) promptStatus() SourceStatus {
	found := SourceStatus{Source: "the prompt", Kind: KindPrompt, State: Interactive}
	if p := c.config.Prompter; p == nil || !p.Interactive() {
		found.State = Absent
		found.Err = fmt.Errorf("%w: no terminal to ask at, or --no-input is given", secret.ErrUnsupported)
	}
	return found
}
