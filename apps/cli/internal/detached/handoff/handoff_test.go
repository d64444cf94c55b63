//go:build !windows

package handoff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

const roleVariable = "THV_TEST_SUPERVISOR"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		supervisor(role)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// supervisor is the other process of a start.
func supervisor(role string) {
	message, answers, gone, err := Handshake(os.Stdin, os.Stdout)
	if err != nil {
		return
	}
	switch role {
	case "starts":
		answers.Progress("pulling\n")
		_, inherited := os.LookupEnv("TOOLHIVE_SECRETS_PASSWORD")
		folder, _ := os.Getwd()
		answers.Started(status.Status{Name: os.Args[len(os.Args)-1], Image: fmt.Sprintf("%s %v %v %s", message.Password.Bytes(), message.Persist, inherited, folder)}, nil)
		Detach(os.Stdin, os.Stdout)
		<-gone
	case "waits":
		answers.Started(status.Status{Name: "web"}, fmt.Errorf("%w: no engine", secret.ErrUnavailable))
	case "fails":
		answers.Failed(secret.Usagef("no"))
	case "dies":
		os.Exit(3)
	case "gives-up":
		answers.Progress("ready")
		<-gone
		answers.Failed(fmt.Errorf("gave up: %w", context.Canceled))
	}
}

func launch(role string) Launch {
	return Launch{
		Path: os.Args[0], Name: "web", Env: append(os.Environ(), roleVariable+"="+role, "TOOLHIVE_SECRETS_PASSWORD=canary"),
		Request: StartRequest{Password: secret.NewValue([]byte("pass\nword\xff")), Persist: true},
	}
}

func TestStart_HandsOverAndReturns(t *testing.T) {
	var said bytes.Buffer
	l := launch("starts")
	l.Progress = &said
	st, err := Start(t.Context(), l)
	if err != nil || st.Name != "web" || said.String() != "pulling\n" {
		t.Errorf("%v %v, said %q", st, err, said.String())
	}
	if want := "pass\nword\uFFFD true false /"; st.Image != want {
		t.Errorf("it had %q, want %q", st.Image, want)
	}
}

func TestStart_SaysWhatItIsTold(t *testing.T) {
	if st, err := Start(t.Context(), launch("waits")); st.Name != "web" || !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("%v %v", st, err)
	}
	if st, err := Start(t.Context(), launch("fails")); st.Name != "" || terminal.ExitCode(err) != terminal.ExitUsage {
		t.Errorf("%v %v", st, err)
	}
	if st, err := Start(t.Context(), launch("dies")); st.Name != "" || !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v %v", st, err)
	}
	l := launch("starts")
	l.Path = "/nowhere/thv"
	if _, err := Start(t.Context(), l); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}

type canceller struct{ cancel context.CancelFunc }

func (c canceller) Write(text []byte) (int, error) { c.cancel(); return len(text), nil }

func TestStart_HasItGiveUpWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := launch("gives-up")
	l.Progress = canceller{cancel}
	if st, err := Start(ctx, l); st.Name != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v %v", st, err)
	}
}

func TestAccept_WhatIsCutOffStartsNothing(t *testing.T) {
	var whole bytes.Buffer
	if err := write(&whole, launch("").Request); err != nil {
		t.Fatal(err)
	}
	text := whole.String()
	for cut := range len(text) {
		if _, err := read(strings.NewReader(text[:cut])); !errors.Is(err, secret.ErrUnavailable) {
			t.Fatalf("after %d bytes: %v", cut, err)
		}
	}
	var said bytes.Buffer
	if _, _, _, err := Handshake(strings.NewReader(text[:5]), &said); err == nil || !strings.Contains(said.String(), "nothing was started") {
		t.Errorf("%v, said %q", err, said.String())
	}
	message, _, gone, err := Handshake(io.MultiReader(strings.NewReader(text)), io.Discard)
	if err != nil || !message.Password.Equal(launch("").Request.Password) || !message.Persist {
		t.Errorf("%v %v", message, err)
	}
	<-gone
}
