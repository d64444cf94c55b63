package unlock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock/unlocktest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestKeep_WhatASharedAccountHasIsCopiedFirst(t *testing.T) {
	shared := &unlocktest.Keyring{Kept: map[string]string{filestore.Account1: "theirs"}}
	l := ladder("", shared, unlocktest.NewKeyring(), typing(""))
	if err := l.keep(context.Background(), filestore.Account1, value("ours")); err != nil {
		t.Fatal(err)
	}
	if shared.Kept[filestore.Account1] != "ours" || shared.Kept[filestore.Account1+"-previous"] != "theirs" {
		t.Errorf("kept %v", shared.Kept)
	}
}

func TestKeep_NoKeyringAtAllIsNoError(t *testing.T) {
	if err := ladder("", failing(unlocktest.ErrAbsent), failing(unlocktest.ErrAbsent), typing("")).keep(context.Background(), "a", value("x")); err != nil {
		t.Errorf("err = %v", err)
	}
	if err := ladder("", failing(unlocktest.ErrBroken), failing(unlocktest.ErrAbsent), typing("")).keep(context.Background(), "a", value("x")); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("a broken one: %v", err)
	}
}

func TestReplacement_IsWhatTheChangeSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ladder *SourceChain
		change Change
		want   string // empty: made at random
	}{
		"file":                     {ladder("", having("x"), unlocktest.NewKeyring(), typing("p")), Change{File: file}, "from file"},
		"generated before":         {ladder("", having("x"), unlocktest.NewKeyring(), typing("p")), Change{}, ""},
		"typed before":             {ladder("", having("x"), unlocktest.NewKeyring(), typing("p")), Change{Typed: true}, "p"},
		"typed before, --generate": {ladder("", having("x"), unlocktest.NewKeyring(), typing("p")), Change{Typed: true, Generate: true}, ""},
		"no lasting keyring":       {ladder("", failing(unlocktest.ErrAbsent), having("x"), typing("p")), Change{}, "p"},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := c.ladder.Replacement(context.Background(), request, c.change)
			if err != nil || key.Keep == nil {
				t.Fatalf("err = %v", err)
			}
			if c.want == "" && key.Password.Len() != 44 || c.want != "" && !key.Password.Equal(value(c.want)) {
				t.Errorf("From %q", key.From)
			}
		})
	}
}

func TestReplacement_WithoutOneIsAUsageError(t *testing.T) {
	for name, c := range map[string]struct {
		ladder *SourceChain
		change Change
		want   string
	}{
		"no prompt":                 {ladder("", having("x"), unlocktest.NewKeyring(), typing("")), Change{Typed: true}, "--new-password-file"},
		"no keyring for --generate": {ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("p")), Change{Generate: true}, "--generate"},
		"missing file":              {ladder("", having("x"), unlocktest.NewKeyring(), typing("")), Change{File: "/no/such/file"}, "/no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.ladder.Replacement(context.Background(), request, c.change)
			var usage *secret.UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v", err)
			}
		})
	}
	if _, err := ladder("", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("p")).Replacement(context.Background(), request, Change{}); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("a broken keyring: %v", err)
	}
}

func none(secret.Value) bool { return false }

func TestForget_PassesOverAbsentKeyringsAndReportsBrokenOnes(t *testing.T) {
	kernel := having("k")
	had, err := ladder("", failing(unlocktest.ErrBroken), kernel, typing("")).Forget(context.Background(), "a", nil, none)
	if !errors.Is(err, secret.ErrUnavailable) || len(had) != 1 || len(kernel.Kept) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
	if had, err := ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("")).Forget(context.Background(), "a", []string{"b"}, none); err != nil || len(had) != 0 {
		t.Errorf("had %v, %v", had, err)
	}
}

func TestForget_TakesFromOtherAccountsWhatOpensTheStore(t *testing.T) {
	kept := &unlocktest.Keyring{Kept: map[string]string{"old": "opens", "other": "does not"}}
	had, err := ladder("", kept, failing(unlocktest.ErrAbsent), typing("")).Forget(context.Background(), "a", []string{"old", "other"},
		func(v secret.Value) bool { return v.Equal(value("opens")) })
	if err != nil || len(had) != 1 || len(kept.Kept) != 1 || kept.Kept["other"] == "" {
		t.Errorf("had %v, left %v, %v", had, kept.Kept, err)
	}
}
