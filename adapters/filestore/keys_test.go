package filestore

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

const typed = "correct horse battery"

func slotKinds(t *testing.T, s *Store) []string {
	t.Helper()
	i, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i.Slots
}

func account(t *testing.T, s *Store) string {
	t.Helper()
	i, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i.Account
}

func TestGet_WrongPasswordIsLockedAndNamesPathAndSource(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for _, wrong := range []string{string(GeneratePassword().Bytes()), "wrong", header.RecoveryPrefix + "abcd"} {
			path := storePath(t)
			put(t, open(t, Config{Path: path, Keys: fixed(generated), Format: f}), "a", "1")
			before := readFile(t, path)
			s := open(t, Config{Path: path, Keys: fixed(wrong)})
			_, err := s.Get(t.Context(), ref(t, "a"))
			wantError(t, err, secret.ErrLocked)
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "from the test") {
				t.Errorf("unclear: %v", err)
			}
			if f == Format1 && !strings.Contains(err.Error(), "damaged") {
				t.Errorf("does not say both: %v", err)
			}
			wantError(t, s.Put(t.Context(), ref(t, "a"), value("2")), secret.ErrLocked)
			wantError(t, s.Check(t.Context()), secret.ErrLocked)
			wantError(t, s.ChangePassword(t.Context(), Key{Password: value("new")}), secret.ErrLocked)
			wantUnchanged(t, path, before)
		}
	})
}

func TestGet_EmptyPasswordIsLocked(t *testing.T) {
	path := storePath(t)
	wantError(t, open(t, Config{Path: path, Keys: fixed("")}).Put(t.Context(), ref(t, "a"), value("1")), secret.ErrLocked)
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	_, err := open(t, Config{Path: path, Keys: fixed("")}).Get(t.Context(), ref(t, "a"))
	wantError(t, err, secret.ErrLocked)
}

func TestGet_KeepsOnlyAPasswordThatOpened(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path := storePath(t)
		put(t, open(t, Config{Path: path, Keys: fixed(typed), Format: f}), "a", "1")
		keys := newRing()
		keys.typed = "wrong"
		s := open(t, Config{Path: path, Keys: keys})
		_, err := s.Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrLocked)
		if len(keys.kept) > 0 {
			t.Fatal("a wrong password was kept")
		}
		keys.typed = typed
		wantValue(t, s, "a", "1")
		keys.typed = ""
		// A new Store remembers nothing: it opens with what was kept.
		wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
		if kept := keys.kept[account(t, s)]; (kept == typed) != (f == Format1) {
			t.Errorf("kept the typed password: %v", kept == typed)
		}
		// What the person typed still opens it.
		wantValue(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
	})
}

func TestGet_AdoptsAKeyringSlotBesideTheOthers(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
	want := []string{header.Password}
	var rings []*ring
	for range 10 {
		keys := newRing() // one that has forgotten everything, as after a reboot
		keys.typed = typed
		s := open(t, Config{Path: path, Keys: keys})
		wantValue(t, s, "a", "1")
		if len(want) < 9 {
			want = append(want, header.Keyring)
		}
		if diff := cmp.Diff(want, slotKinds(t, s)); diff != "" {
			t.Error(diff)
		}
		if len(keys.kept[account(t, s)]) != 44 {
			t.Error("no random text was kept")
		}
		keys.typed = ""
		rings = append(rings, keys)
	}
	for i, keys := range rings { // each comes back
		_, err := open(t, Config{Path: path, Keys: keys}).Get(t.Context(), ref(t, "a"))
		if opens := err == nil; opens != (i >= 2) {
			t.Errorf("keyring %d: %v", i, err)
		}
	}
}

func TestPut_TypedPasswordMakesBothSlots(t *testing.T) {
	path, keys := storePath(t), newRing()
	keys.typed = typed
	s := open(t, Config{Path: path, Keys: keys})
	put(t, s, "a", "1")
	if diff := cmp.Diff([]string{header.Password, header.Keyring}, slotKinds(t, s)); diff != "" {
		t.Error(diff)
	}
	keys.typed = ""
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	wantValue(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
}

func TestPut_NothingIsMadeWhereAGeneratedPasswordIsNotKept(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		keys.broken = secret.ErrUnavailable
		s := open(t, Config{Path: path, Keys: keys, Format: f})
		wantError(t, s.Put(t.Context(), ref(t, "a"), value("1")), secret.ErrUnavailable)
		if i, err := s.Describe(t.Context()); err != nil || i.Exists {
			t.Errorf("got %+v, %v, want no store", i, err)
		}
		keys.typed = typed // a person knows this one: nothing is lost without a keyring
		put(t, s, "a", "1")
		wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	})
}

func TestCheck_AsksQuietlyAndChangesNothing(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
	before, keys := readFile(t, path), newRing()
	keys.typed = typed
	if err := open(t, Config{Path: path, Keys: keys}).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantUnchanged(t, path, before)
	if diff := cmp.Diff([]bool{true}, keys.quiet); diff != "" || len(keys.kept) > 0 {
		t.Error("asked a person, or kept something", diff)
	}
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	if diff := cmp.Diff([]bool{true, false}, keys.quiet); diff != "" {
		t.Error("get may ask a person", diff)
	}
}

func TestStore_RemembersTheKeyUntilItIsStale(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		s := open(t, Config{Path: path, Keys: keys, Format: f})
		put(t, s, "a", "1")
		wantValue(t, s, "a", "1")
		put(t, s, "b", "2")
		if keys.asked != 1 {
			t.Errorf("asked %d times", keys.asked)
		}
		other := open(t, Config{Path: path, Keys: keys})
		if err := other.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: keys.keep}); err != nil {
			t.Fatal(err)
		}
		wantValue(t, s, "a", "1")
		put(t, s, "a", "3")
		wantValue(t, other, "a", "3")
	})
}

func TestRecovery_OpensAfterTheKeyringIsLost(t *testing.T) {
	path, keys := storePath(t), newRing()
	var recovery secret.Value
	take := func(_ context.Context, key secret.Value) (func(), error) { recovery = key; return nil, nil }
	put(t, open(t, Config{Path: path, Keys: keys, Recovery: take}), "a", "1")
	lost := newRing()
	lost.typed = " " + strings.ToUpper(string(recovery.Bytes())) + "\n"
	s := open(t, Config{Path: path, Keys: lost})
	wantValue(t, s, "a", "1")
	for _, kept := range lost.kept {
		if header.IsRecovery([]byte(kept)) {
			t.Error("the recovery key was kept in a keyring")
		}
	}
	lost.typed = ""
	wantValue(t, open(t, Config{Path: path, Keys: lost}), "a", "1")
	next := Key{Password: value("another one"), From: "the test"}
	if err := s.ChangePassword(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	wantValue(t, open(t, Config{Path: path, Keys: fixed(recovery.Bytes())}), "a", "1")
	wantError(t, s.ChangePassword(t.Context(), Key{Password: recovery}), secret.ErrUnsupported)
}

func TestRecovery_RefusedStopsTheMaking(t *testing.T) {
	refused := errors.New("the recovery key was refused")
	keys := newRing()
	s := open(t, Config{Path: storePath(t), Keys: keys, Recovery: func(context.Context, secret.Value) (func(), error) { return nil, refused }})
	wantError(t, s.Create(t.Context()), refused)
	if i, err := s.Describe(t.Context()); err != nil || i.Exists || len(keys.kept) > 0 {
		t.Errorf("%+v, %v, %d kept", i, err, len(keys.kept))
	}
	never := func(context.Context, secret.Value) (func(), error) { t.Error("called for format 1"); return nil, nil }
	if err := open(t, Config{Path: storePath(t), Keys: keys, Format: Format1, Recovery: never}).Create(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestGeneratePassword_Has44CharactersAndIsRecognised(t *testing.T) {
	text := GeneratePassword().Bytes()
	if len(text) != 44 || !isGenerated(text) || GeneratePassword().Equal(secret.NewValue(text)) {
		t.Fatal("not 44 random characters")
	}
	raw, err := base64.URLEncoding.DecodeString(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		if !isGenerated([]byte(e.EncodeToString(raw))) {
			t.Errorf("%s not recognised", e.EncodeToString(raw))
		}
		if isGenerated([]byte(e.EncodeToString(raw[:31]))) || isGenerated([]byte(e.EncodeToString(append(raw, 1)))) {
			t.Error("31 or 33 bytes recognised")
		}
	}
}

func TestPut_WhatAPersonMayHaveTypedGetsArgon2id(t *testing.T) {
	for _, text := range []string{
		typed,
		"correct-horse-battery-staple-magenta-sailor",  // 43 characters of base64
		"correct-horse-battery-staple-magenta-sailo0=", // no upper case
		"CORRECT-HORSE-BATTERY-STAPLE-MAGENTA-SAILO0=",
		"Correct-Horse-Battery-Staple-Magenta-Sailok=", // no digit
		"Correct-Horse/Battery-Staple-Magenta-Sailo0=", // both alphabets
		"Correct-Horse-Battery-Staple-Magenta-Sailo1=", // not canonical
		"Correct-Horse-Battery-Staple-Magenta-Sailo00",
		"Correct-Horse-Battery-Staple-Magenta-Sail0=\n",
		strings.TrimRight(generated, "="),
		generated + "=",
	} {
		s := open(t, Config{Path: storePath(t), Keys: fixed(text)})
		put(t, s, "a", "1")
		if diff := cmp.Diff([]string{header.Password}, slotKinds(t, s)); diff != "" {
			t.Errorf("%q: slots (-want +got): %s", text, diff)
		}
	}
	s := open(t, Config{Path: storePath(t), Keys: fixed("Correct-Horse-Battery-Staple-Magenta-Sailo0=")})
	put(t, s, "a", "1")
	if diff := cmp.Diff([]string{header.Keyring}, slotKinds(t, s)); diff != "" {
		t.Error("the others differ from this one in one point each:", diff)
	}
}
