package protocol

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestFailure_EveryClassComesBack(t *testing.T) {
	for class, sentinel := range failures {
		for _, err := range []error{sentinel, fmt.Errorf("%w: because of it", sentinel), fmt.Errorf("vault: %w", sentinel)} {
			f := FailureOf(err)
			back := f.Err()
			if f.Class != class || !errors.Is(back, sentinel) || secret.ClassOf(back) != class {
				t.Errorf("%v becomes %+v, and %v", err, f, back)
			}
			for other, sentinel := range failures {
				if other != class && errors.Is(back, sentinel) {
					t.Errorf("%v wraps %v, too", back, sentinel)
				}
			}
			if strings.Count(back.Error(), sentinel.Error()) != 1 && !strings.HasPrefix(err.Error(), "vault") {
				t.Errorf("%q says its class twice", back)
			}
		}
	}
	if n := len(failures); n != 10 {
		t.Errorf("there are %d classes", n)
	}
}

func TestFailure_WhatHasNoClassIsUnavailable(t *testing.T) {
	for _, err := range []error{errors.New("odd"), context.Canceled, secret.Usagef("no such flag")} {
		if f := FailureOf(err); f.Class != secret.ClassUnavailable || !errors.Is(f.Err(), secret.ErrUnavailable) {
			t.Errorf("FailureOf(%v): got %+v, want unavailable", err, f)
		}
	}
	for _, class := range []secret.Class{"", "ok", "other", "canceled", "usage", "no such class", "Not-Found"} {
		err := (&Failure{Class: class, Message: "m"}).Err()
		if !errors.Is(err, secret.ErrUnavailable) || err.Error() != "unavailable: m" {
			t.Errorf("class %q: got %v, want unavailable: m", class, err)
		}
	}
}

func TestFailure_SaysWhenToTryAgain(t *testing.T) {
	f := FailureOf(fmt.Errorf("behind: %w", later{secret.ErrUnavailable}))
	var retry interface{ RetryAfter() time.Duration }
	if err := f.Err(); f.RetryAfterMS != 1500 || !strings.HasSuffix(err.Error(), "(try again in 1.5s)") || !errors.As(err, &retry) || retry.RetryAfter() != 1500*time.Millisecond {
		t.Errorf("got %+v, %v, want a retry after 1.5s", f, err)
	}
	for _, ms := range []int64{0, -5, -1 << 63} {
		if err := (&Failure{Class: "denied", RetryAfterMS: ms}).Err(); err.Error() != "access denied" {
			t.Errorf("retry after %d ms: got %v, want no retry", ms, err)
		}
	}
	if err := (&Failure{Class: "denied", RetryAfterMS: 1<<63 - 1}).Err(); err.Error() != "access denied (try again in 24h0m0s)" {
		t.Error(err)
	}
}

func TestFailure_MessageIsOneCleanLine(t *testing.T) {
	for message, want := range map[string]string{
		"":                              "locked",
		"locked":                        "locked",
		"locked: log in":                "locked: log in",
		"Log in":                        "locked: log in",
		"HTTP 403":                      "locked: HTTP 403",
		"lockedness":                    "locked: lockedness",
		" two\r\n lines\n":              "locked: two lines",
		"\x1b[31mred\x1b[0m\u202e":      `locked: \x1b[31mred\x1b[0m\u202e`,
		"\xff":                          `locked: \xff`,
		strings.Repeat("é", MaxMessage): "locked: " + strings.Repeat("é", MaxMessage/2) + "…",
		"a" + strings.Repeat("é", 1024): "locked: a" + strings.Repeat("é", MaxMessage/2-1) + "…",
	} {
		if err := (&Failure{Class: "locked", Message: message}).Err(); err.Error() != want {
			t.Errorf("%.40q becomes %.60q", message, err)
		}
	}
}
