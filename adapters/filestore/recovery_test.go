package filestore

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

func TestAddRecovery_KeepsThoseBeforeThroughEveryChange(t *testing.T) {
	path, keys := storePath(t), newRing()
	var taken []secret.Value
	withdrawn := 0
	take := func(_ context.Context, key secret.Value) (func(), error) {
		taken = append(taken, key)
		return func() { withdrawn++ }, nil
	}
	s := open(t, Config{Path: path, Keys: keys, Recovery: take})
	wantError(t, s.AddRecovery(t.Context()), secret.ErrNotFound)
	put(t, s, "a", "1") // makes the store, and the first key
	wantError(t, open(t, Config{Path: path, Keys: keys}).AddRecovery(t.Context()), secret.ErrUnsupported)
	allOpen := func(after string) {
		t.Helper()
		for i, key := range taken {
			value, err := open(t, Config{Path: path, Keys: fixed(key.Bytes())}).Get(t.Context(), ref(t, "a"))
			if err != nil || string(value.Bytes()) != "1" {
				t.Errorf("after %s, key %d of %d: %v", after, i+1, len(taken), err)
			}
		}
	}
	for len(taken) < MaxRecovery {
		if err := s.AddRecovery(t.Context()); err != nil {
			t.Fatal(err)
		}
		allOpen("another key")
	}
	wantError(t, s.AddRecovery(t.Context()), secret.ErrConflict)
	allOpen("one too many")
	if len(taken) != MaxRecovery || withdrawn > 0 {
		t.Errorf("%d keys were given out, %d withdrawn", len(taken), withdrawn)
	}
	for range 10 {
		put(t, s, "b", "2")
		if err := s.ChangePassword(t.Context(), Key{Password: GeneratePassword(), From: "a test", Keep: keys.keep}); err != nil {
			t.Fatal(err)
		}
	}
	allOpen("changes of the password")
}

func TestReplaceRecovery_VoidsThoseBefore(t *testing.T) {
	path, keys := storePath(t), newRing()
	var taken []secret.Value
	take := func(_ context.Context, key secret.Value) (func(), error) { taken = append(taken, key); return nil, nil }
	s := open(t, Config{Path: path, Keys: keys, Recovery: take})
	put(t, s, "a", "1")
	for _, change := range []func(context.Context) error{s.AddRecovery, s.ReplaceRecovery} {
		if err := change(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, key := range taken {
		_, err := open(t, Config{Path: path, Keys: fixed(key.Bytes())}).Get(t.Context(), ref(t, "a"))
		if i < 2 {
			wantError(t, err, secret.ErrLocked)
		} else if err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{header.Keyring, header.Recovery}, slotKinds(t, s)); diff != "" {
		t.Error(diff)
	}
	old := open(t, Config{Path: storePath(t), Keys: keys, Format: Format1, Recovery: take})
	put(t, old, "a", "1")
	wantError(t, old.AddRecovery(t.Context()), secret.ErrUnsupported)
}

func TestRecovery_IsWithdrawnWhereTheStoreIsNotMade(t *testing.T) {
	withdrawn := 0
	take := func(context.Context, secret.Value) (func(), error) { return func() { withdrawn++ }, nil }
	path, keys := storePath(t), newRing()
	s := open(t, Config{Path: path, Keys: keys, Recovery: take})
	keys.broken = secret.ErrUnavailable
	wantError(t, s.Create(t.Context()), secret.ErrUnavailable)
	if withdrawn != 1 {
		t.Errorf("withdrawn %d times", withdrawn)
	}
	keys.broken = nil
	if err := s.Create(t.Context()); err != nil || withdrawn != 1 {
		t.Errorf("%v, withdrawn %d times", err, withdrawn)
	}
}
