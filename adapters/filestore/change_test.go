package filestore

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

func TestChangePassword_TheOldOneOpensNoMore(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for _, next := range []string{"the next one", string(GeneratePassword().Bytes())} {
			path := storePath(t)
			s := open(t, Config{Path: path, Keys: fixed(typed), Format: f})
			put(t, s, "a", "1")
			keys := newRing()
			if err := s.ChangePassword(t.Context(), Key{Password: value(next), From: "the test", Keep: keys.keep}); err != nil {
				t.Fatal(err)
			}
			_, err := open(t, Config{Path: path, Keys: fixed(typed)}).Get(t.Context(), ref(t, "a"))
			wantError(t, err, secret.ErrLocked)
			wantValue(t, open(t, Config{Path: path, Keys: fixed(next)}), "a", "1")
			wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
			wantValue(t, s, "a", "1")
		}
	})
}

func TestChangePassword_NotKeptLeavesTheOldOne(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for _, arrives := range []bool{false, true} {
			path, keys := storePath(t), newRing()
			s := open(t, Config{Path: path, Keys: keys, Format: f})
			put(t, s, "a", "1")
			old := fixed(keys.kept[account(t, s)])
			keys.broken, keys.arrives = secret.ErrUnavailable, arrives
			for range 10 { // as often as a person tries
				err := s.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: keys.keep})
				wantError(t, err, secret.ErrUnavailable)
				if f == Format2 && !strings.Contains(err.Error(), "the old password still opens") {
					t.Error(err)
				}
				wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
			}
			if !arrives || f == Format1 {
				wantValue(t, open(t, Config{Path: path, Keys: old}), "a", "1")
			}
			keys.broken = nil
			if err := s.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: keys.keep}); err != nil {
				t.Fatal(err)
			}
			wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
			if diff := cmp.Diff([]string{header.Keyring}, slotKinds(t, s)); f == Format2 && diff != "" {
				t.Error(diff)
			}
			_, err := open(t, Config{Path: path, Keys: old}).Get(t.Context(), ref(t, "a"))
			wantError(t, err, secret.ErrLocked)
		}
	})
}

func TestChangePassword_EveryMomentOpensWithWhatIsKept(t *testing.T) {
	t.Parallel()
	eachFormat(t, everyMomentOpens)
}

func everyMomentOpens(t *testing.T, f Format) {
	path, keys := storePath(t), newRing()
	s := open(t, Config{Path: path, Keys: keys, Format: f})
	put(t, s, "a", "1")
	watched := func(ctx context.Context, account string, password secret.Value) error {
		wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1") // before it is kept
		if err := keys.keep(ctx, account, password); err != nil {
			return err
		}
		wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1") // and after
		return nil
	}
	if err := s.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: watched}); err != nil {
		t.Fatal(err)
	}
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	if diff := cmp.Diff([]string{header.Keyring}, slotKinds(t, s)); f == Format2 && diff != "" {
		t.Error(diff)
	}
}

func TestChangePassword_OfNoStoreIsNotFound(t *testing.T) {
	s := open(t, Config{Path: storePath(t), Keys: newRing()})
	wantError(t, s.ChangePassword(t.Context(), Key{Password: value("x")}), secret.ErrNotFound)
	wantError(t, s.Upgrade(t.Context()), secret.ErrNotFound)
}

func TestUpgrade_KeepsAllSecretsUnderAnAccountOfItsOwn(t *testing.T) {
	path, keys := storePath(t), newRing()
	recovered := 0
	s := open(t, Config{Path: path, Keys: keys, Format: Format1, Recovery: func(context.Context, secret.Value) (func(), error) {
		recovered++
		return nil, nil
	}})
	put(t, s, "a", "1")
	put(t, s, "b", "zwei €")
	old := keys.kept[Account1]
	if err := s.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := open(t, Config{Path: path, Keys: keys})
	wantValue(t, again, "a", "1")
	wantValue(t, again, "b", "zwei €")
	if keys.kept[Account1] != old || len(keys.kept) != 2 || recovered != 1 {
		t.Errorf("%d kept, %d recovery keys", len(keys.kept), recovered)
	}
	if diff := cmp.Diff([]string{header.Keyring, header.Recovery}, slotKinds(t, again)); diff != "" {
		t.Error(diff)
	}
	if err := again.Put(t.Context(), ref(t, "c"), value("\xff")); err != nil {
		t.Error(err)
	}
	before := readFile(t, path)
	if err := again.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantUnchanged(t, path, before)
}

func TestUpgrade_ATypedPasswordStaysTheStores(t *testing.T) {
	path, keys := storePath(t), newRing()
	put(t, open(t, Config{Path: path, Keys: fixed(typed), Format: Format1}), "a", "1")
	keys.typed = typed
	if err := open(t, Config{Path: path, Keys: keys}).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys.typed = ""
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	wantValue(t, open(t, Config{Path: path, Keys: fixed(typed)}), "a", "1")
}

func TestUpgrade_WrongPasswordOrBrokenKeyringChangesNothing(t *testing.T) {
	path, keys := storePath(t), newRing()
	put(t, open(t, Config{Path: path, Keys: keys, Format: Format1}), "a", "1")
	before := readFile(t, path)
	wantError(t, open(t, Config{Path: path, Keys: fixed("wrong")}).Upgrade(t.Context()), secret.ErrLocked)
	keys.broken = secret.ErrUnavailable
	wantError(t, open(t, Config{Path: path, Keys: keys}).Upgrade(t.Context()), secret.ErrUnavailable)
	wantUnchanged(t, path, before)
}

func TestPut_Format1RefusesWhatItWouldChange(t *testing.T) {
	path, keys := storePath(t), newRing()
	s := open(t, Config{Path: path, Keys: keys, Format: Format1})
	put(t, s, "a", "1")
	before := readFile(t, path)
	err := s.Put(t.Context(), ref(t, "b"), value("\xff\xfe"))
	wantError(t, err, secret.ErrUnsupported)
	if !strings.Contains(err.Error(), "thv secret upgrade") {
		t.Error(err)
	}
	wantError(t, s.putDescribed(t.Context(), "b", "1", "text"), secret.ErrUnsupported)
	wantUnchanged(t, path, before)
	if err := s.Put(t.Context(), ref(t, "b"), value("1")); err != nil {
		t.Error(err)
	}
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if info.Created != (time.Time{}) || info.Updated != (time.Time{}) {
			t.Errorf("%s has times", info.Name)
		}
	}
}
