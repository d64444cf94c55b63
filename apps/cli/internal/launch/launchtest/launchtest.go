// Package launchtest has a user, providers and an engine for tests of the stages of a run.
package launchtest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// User is a fake of the user at the terminal. It implements the interfaces by which the stages
// report and ask.
type User struct {
	// Present is true if there is a terminal.
	Present bool
	// Yes is the reply to each question, and Typed that to each prompt that begins with a
	// key of it.
	Yes   bool
	Typed map[string]string

	mu          sync.Mutex
	said, asked []string
}

// Say records a sentence.
func (u *User) Say(format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.said = append(u.said, fmt.Sprintf(format, args...))
}

// Attended reports whether there is a terminal.
func (u *User) Attended() bool { return u.Present }

// Confirm records a question. Without a terminal it is terminal.ErrNoTerminal.
func (u *User) Confirm(_ context.Context, question string) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, question)
	if !u.Present {
		return false, terminal.ErrNoTerminal
	}
	return u.Yes, nil
}

// Hidden replies to a prompt for a secret.
func (u *User) Hidden(ctx context.Context, label string) (secret.Value, error) {
	text, err := u.Visible(ctx, label)
	return secret.NewValue([]byte(text)), err
}

// Visible replies to a prompt.
func (u *User) Visible(_ context.Context, label string) (string, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, label)
	for start, text := range u.Typed {
		if strings.HasPrefix(label, start) {
			return text, nil
		}
	}
	return "", terminal.ErrNoTerminal
}

// Said returns all messages to the user, one per line.
func (u *User) Said() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return strings.Join(u.said, "\n")
}

// Asked returns all that the user was asked.
func (u *User) Asked() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.asked)
}

// Parts returns parts whose user is u and whose one provider has stored, by name.
func Parts(t *testing.T, u *User, stored map[string]string) inject.Parts {
	t.Helper()
	memory := &providertest.Memory{}
	for name, value := range stored {
		ref, err := secret.ParseRef(name)
		if err == nil {
			err = memory.Put(t.Context(), ref, secret.NewValue([]byte(value)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	open := func(context.Context) (provider.Provider, error) { return memory, nil }
	resolver, err := resolve.New(resolve.Config{
		Chain:   []resolve.Step{{Provider: "memory", Open: open}},
		Schemes: map[string]resolve.Step{providertest.MemoryScheme: {Provider: "memory", Open: open}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inject.Parts{
		Dialog: u, Environ: procenv.New(nil), Resolver: resolver,
		Fingerprints: func() (secret.Fingerprinter, error) {
			return secret.NewFingerprinter(make([]byte, secret.MinFingerprintKey))
		},
		KeepOutOfLogs: func([]secret.Value) {},
		KeepsNothing:  func(secret.Ref) bool { return false },
		Close:         func() {},
	}
}

// Engine is a runtime whose workloads end at once.
type Engine struct {
	// Err is the error of Start, and Status what a workload ends with.
	Err    error
	Status int
	// Started is called by a Start that succeeds; nil does nothing.
	Started func()

	// Specs and Environments are the recorded arguments of Start.
	Specs        []workload.Spec
	Environments [][]string
}

// Start starts nothing and records its arguments.
func (e *Engine) Start(_ context.Context, spec workload.Spec, environment workload.Environment, _ workload.Streams) (workload.Process, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	e.Specs, e.Environments = append(e.Specs, spec), append(e.Environments, environment.Strings())
	if e.Started != nil {
		e.Started()
	}
	return e, nil
}

// Check returns nil.
func (e *Engine) Check(context.Context) error { return nil }

// Wait returns Status.
func (e *Engine) Wait(context.Context) (int, error) { return e.Status, nil }

// Signal is of a workload that has ended.
func (e *Engine) Signal(context.Context, os.Signal) error { return os.ErrProcessDone }

// Resize is of a workload that has ended.
func (e *Engine) Resize(context.Context, workload.Size) error { return os.ErrProcessDone }
