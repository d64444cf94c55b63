package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestExitCode_IsTheClasss(t *testing.T) {
	for want, errs := range map[int][]error{
		0:   {nil},
		1:   {secret.ErrTooLarge, secret.ErrConflict, fmt.Errorf("other")},
		2:   {secret.ErrInvalidRef, secret.ErrUnsupported, secret.Usagef("x"), workload.ErrInvalidSpec, secret.Usagef("x: %w", secret.ErrNotFound)},
		3:   {secret.ErrNotFound, &resolve.MissingError{}},
		4:   {secret.ErrDenied},
		5:   {secret.ErrLocked, &secret.Error{Err: secret.ErrLocked}},
		6:   {secret.ErrUnavailable, context.DeadlineExceeded},
		7:   {secret.ErrCorrupt},
		42:  {&StatusError{Status: 42}},
		126: {workload.ErrCannotExecute},
		127: {workload.ErrNoCommand},
		129: {&InterruptedError{Signal: syscall.SIGHUP}},
		130: {context.Canceled, &InterruptedError{Signal: syscall.SIGINT}},
		131: {&InterruptedError{Signal: syscall.SIGQUIT, Err: workload.ErrNoCommand}},
		143: {&InterruptedError{Signal: syscall.SIGTERM, Err: context.Canceled}},
	} {
		for _, err := range errs {
			if got := ExitCode(err); got != want {
				t.Errorf("%v: %d, want %d", err, got, want)
			}
			if err == nil {
				continue
			}
			if got := ExitCode(fmt.Errorf("wrapped: %w", err)); got != want {
				t.Errorf("wrapped %v: %d, want %d", err, got, want)
			}
		}
	}
}

func TestReportError_AsJSON(t *testing.T) {
	ref, err := secret.ParseRef("api-key")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ReportError(&out, JSON, &resolve.MissingError{Refs: []secret.Ref{ref}, Asked: [][]string{{"encrypted"}}})
	var got ErrorReport
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Error.Class != "not-found" || got.Error.ExitCode != 3 || len(got.Error.Missing) != 1 || got.Error.Missing[0] != "api-key" {
		t.Errorf("got %+v", got)
	}
}

func TestReportError_SaysNothingOfAWorkloadsEnd(t *testing.T) {
	var out bytes.Buffer
	ReportError(&out, Text, &StatusError{Status: 3})
	ReportError(&out, JSON, nil)
	if out.Len() > 0 {
		t.Errorf("printed %s", out.String())
	}
}

func TestReportError_SaysInterruptedOfACancelledContextAlone(t *testing.T) {
	left := errors.New("the container could not be removed")
	for _, test := range []struct {
		err  error
		want string
	}{
		{context.Canceled, "thv: interrupted\n"},
		{fmt.Errorf("get: %w", errors.Join(context.Canceled)), "thv: interrupted\n"},
		{&InterruptedError{Signal: syscall.SIGTERM, Err: fmt.Errorf("pull: %w", context.Canceled)}, "thv: interrupted\n"},
		{&InterruptedError{Signal: syscall.SIGTERM, Err: left}, "thv: interrupted; the container could not be removed\n"},
		{fmt.Errorf("%w; %w", context.Canceled, left), "thv: context canceled; the container could not be removed\n"},
	} {
		var out bytes.Buffer
		if ReportError(&out, Text, test.err); out.String() != test.want {
			t.Errorf("%q, want %q", out.String(), test.want)
		}
	}
}
