package filestore

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// ladder asks one keyring after the other, as a program with several does, and
// keeps in the first that works.
type ladder []*ring

func (l ladder) Key(ctx context.Context, q Request) (Key, error) {
	for i, r := range l {
		prefix := strings.Repeat("next to ", i)
		inner := q
		inner.Wrong = nil
		for _, wrong := range q.Wrong {
			if rest, ok := strings.CutPrefix(wrong, prefix); ok {
				inner.Wrong = append(inner.Wrong, rest)
			}
		}
		if key, err := r.Key(ctx, inner); err == nil {
			if key.From = prefix + key.From; key.Keep != nil {
				key.Keep = l.keep
			}
			return key, nil
		}
	}
	return Key{}, errors.New("no keyring has it")
}

func (l ladder) NewKey(ctx context.Context, q Request) (Key, error) {
	key, err := l[0].NewKey(ctx, q)
	key.Keep = l.keep
	return key, err
}

func (l ladder) keep(ctx context.Context, account string, password secret.Value) (err error) {
	for _, r := range l {
		if err = r.keep(ctx, account, password); err == nil {
			return nil
		}
	}
	return err
}

func TestGet_GoesOnPastAnOutdatedKeyring(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, desktop, kernel := storePath(t), newRing(), newRing()
		s := open(t, Config{Path: path, Keys: ladder{desktop, kernel}, Format: f})
		put(t, s, "a", "1")
		desktop.broken = secret.ErrUnavailable // it answers, but takes nothing
		next := Key{Password: GeneratePassword(), Keep: ladder{desktop, kernel}.keep}
		if err := s.ChangePassword(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		desktop.broken = nil
		wantValue(t, open(t, Config{Path: path, Keys: ladder{desktop, kernel}}), "a", "1")
		put(t, open(t, Config{Path: path, Keys: ladder{desktop, kernel}}), "a", "2")

		before := readFile(t, path)
		_, err := open(t, Config{Path: path, Keys: ladder{desktop}}).Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrLocked)
		for _, want := range []string{path, "the test's keyring (" + account(t, s) + ")", "no keyring has it"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("does not say %q: %v", want, err)
			}
		}
		wantError(t, open(t, Config{Path: path, Keys: ladder{desktop}}).Upgrade(t.Context()), map[Format]error{Format1: secret.ErrLocked, Format2: nil}[f])
		wantUnchanged(t, path, before)
	})
}

func TestChangePassword_BeginsWithAnyPlaceAndLosesNone(t *testing.T) {
	for name, c := range map[string]struct {
		kept map[string]string // P opens the store, others are other stores'
		last map[string]string // N is the new one
	}{
		"own":      {map[string]string{Account1: "P"}, map[string]string{Account1: "N", Next1: "N", Previous1: "P"}},
		"next":     {map[string]string{Account1: "O", Next1: "P"}, map[string]string{Account1: "N", Next1: "N", Previous1: "P"}},
		"previous": {map[string]string{Account1: "X", Previous1: "P"}, map[string]string{Account1: "N", Next1: "N", Previous1: "X"}},
		"typed":    {map[string]string{Account1: "X"}, map[string]string{Account1: "N", Next1: "N", Previous1: "X"}},
	} {
		for fails := range 5 {
			path, keys := storePath(t), newRing()
			put(t, open(t, Config{Path: path, Keys: fixed("P"), Format: Format1}), "a", "1")
			for account, text := range c.kept {
				keys.kept[account] = text
			}
			if name == "typed" {
				keys.typed = "P"
			}
			count := 0
			keep := func(ctx context.Context, account string, password secret.Value) error {
				if count++; count == fails {
					return secret.ErrUnavailable
				}
				if name == "own" { // one that moves nothing aside itself
					keys.kept[account] = string(password.Bytes())
					return nil
				}
				return keys.keep(ctx, account, password)
			}
			err := open(t, Config{Path: path, Keys: keys}).ChangePassword(t.Context(), Key{Password: value("N"), Keep: keep})
			wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
			if fails > 0 {
				continue
			}
			if diff := cmp.Diff(c.last, keys.kept); err != nil || diff != "" {
				t.Errorf("%s: got error %v, kept (-want +got): %s", name, err, diff)
			}
		}
	}
}

func TestGet_PutsWhatAnInterruptedChangeLeftInItsPlace(t *testing.T) {
	path, keys := storePath(t), newRing()
	put(t, open(t, Config{Path: path, Keys: fixed("P"), Format: Format1}), "a", "1")
	keys.kept = map[string]string{Account1: "O", Next1: "P"}
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	if diff := cmp.Diff(map[string]string{Account1: "P", Next1: "P", Previous1: "O"}, keys.kept); diff != "" {
		t.Error(diff)
	}
}

// late is a person whose password is changed by others between its being given
// and its being kept.
type late struct {
	*ring
	give string
}

func (l *late) Key(context.Context, Request) (Key, error) {
	return Key{Password: value(l.give), From: "the prompt", Keep: l.keep}, nil
}

func TestGet_AnOutdatedPasswordIsNotKept(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		put(t, open(t, Config{Path: path, Keys: keys, Format: f}), "a", "1")
		s := open(t, Config{Path: path, Keys: &late{ring: keys, give: keys.kept[account(t, open(t, Config{Path: path, Keys: keys}))]}})
		_, u, err := s.open(t.Context(), false)
		if err != nil || u.given.Keep == nil {
			t.Fatal(err)
		}
		other := open(t, Config{Path: path, Keys: keys})
		if err := other.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: keys.keep}); err != nil {
			t.Fatal(err)
		}
		s.keep(t.Context(), u) // what a read does last
		wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "1")
	})
}

func TestGet_WhileThePasswordIsChanged(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		put(t, open(t, Config{Path: path, Keys: keys, Format: f}), "a", "1")
		var group sync.WaitGroup
		var reads [3]atomic.Int64
		done := make(chan struct{})
		for i := range reads {
			group.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					got, err := open(t, Config{Path: path, Keys: keys}).Get(t.Context(), ref(t, "a"))
					if err != nil || !got.Equal(value("1")) {
						t.Error(err)
						return
					}
					reads[i].Add(1)
				}
			})
		}
		for range 30 {
			next := Key{Password: GeneratePassword(), Keep: keys.keep}
			if err := open(t, Config{Path: path, Keys: keys}).ChangePassword(t.Context(), next); err != nil {
				t.Error(err)
			}
			// No read is in the middle of two changes.
			for i := range reads {
				for before := reads[i].Load(); reads[i].Load() == before && !t.Failed(); {
					runtime.Gosched()
				}
			}
		}
		close(done)
		group.Wait()
	})
}

func TestOpens_TellsAndKeepsNothing(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path, keys := storePath(t), newRing()
		s := open(t, Config{Path: path, Keys: keys})
		_, err := s.Opens(t.Context(), value(typed))
		wantError(t, err, secret.ErrNotFound)
		put(t, open(t, Config{Path: path, Keys: fixed(typed), Format: f}), "a", "1")
		before := readFile(t, path)
		for text, want := range map[string]bool{typed: true, generated: false, "": false, "wrong": false, header.RecoveryPrefix: false} {
			if got, err := s.Opens(t.Context(), value(text)); got != want || err != nil {
				t.Errorf("Opens(%q): got %v, %v, want %v", text, got, err, want)
			}
		}
		wantUnchanged(t, path, before)
		if len(keys.kept)+keys.asked > 0 {
			t.Error("asked, or kept")
		}
		if _, err := s.Get(t.Context(), ref(t, "a")); err == nil {
			t.Error("it is remembered")
		}
	})
}

func TestGet_AHeaderThatAsksForTooMuchIsCorruptAtOnce(t *testing.T) {
	path := storePath(t)
	h := header.New()
	slot := h.NewSlot(header.Password, []byte("x"), make([]byte, seal.KeySize), cheap)
	slot.Cost = header.Cost{Memory: 256 << 10, Time: 8, Threads: 1}
	h.Slots = []header.Slot{slot, slot, slot, slot, slot}
	wantCorrupt := func() {
		head, err := h.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, append(head, make([]byte, seal.Overhead)...))
		_, err = open(t, Config{Path: path, Keys: fixed(typed)}).Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrCorrupt)
	}
	wantCorrupt()
	h.Slots = h.Slots[:2]
	h.Slots[1].Memory++
	wantCorrupt()
}

func TestGet_AChangedHeaderDoesNotOpen(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	whole := readFile(t, path)
	for name, edit := range map[string]func(h *header.Header){
		"generation": func(h *header.Header) { h.Generation += 7 },
		"id":         func(h *header.Header) { h.ID = header.New().ID },
		"a slot more": func(h *header.Header) {
			h.Slots = append(h.Slots, h.NewSlot(header.Recovery, []byte("theirs"), make([]byte, seal.KeySize), header.Cost{}))
		},
	} {
		h, size, err := header.Parse(whole)
		if err != nil {
			t.Fatal(err)
		}
		edit(h)
		head, err := h.Bytes() // with the checksum that fits
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, append(head, whole[size:]...))
		if _, err := open(t, Config{Path: path, Keys: fixed(generated)}).Get(t.Context(), ref(t, "a")); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}
