package filestore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// cheap makes typed passwords fast; the derivation's own cost is not tested.
var cheap = header.Cost{Memory: 64, Time: 1, Threads: 1}

// ring is a keyring, and a person who types what is in typed.
type ring struct {
	mu     sync.Mutex
	kept   map[string]string
	typed  string
	asked  int
	broken error
	// arrives: what is to be kept is, although it is broken.
	arrives bool
	quiet   []bool
	hangs   bool
}

func newRing() *ring { return &ring{kept: map[string]string{}} }

func (r *ring) Key(ctx context.Context, q Request) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hangs {
		<-ctx.Done()
		return Key{}, ctx.Err()
	}
	r.asked++
	r.quiet = append(r.quiet, q.Quiet)
	if key, ok := firstKept(q, func(account string) string { return r.kept[account] }); ok {
		if strings.HasSuffix(key.From, Next1+")") {
			key.Keep = r.keep
		}
		return key, nil
	}
	if r.typed != "" {
		return Key{Password: value(r.typed), From: "the test's prompt", Keep: r.keep}, nil
	}
	return Key{}, secret.ErrLocked
}

func (r *ring) NewKey(_ context.Context, _ Request) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.typed != "" {
		return Key{Password: value(r.typed), From: "the test's prompt", Keep: r.keep}, nil
	}
	return Key{Password: GeneratePassword(), From: "the test's keyring", Keep: r.keep}, nil
}

func (r *ring) keep(_ context.Context, account string, password secret.Value) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil || r.arrives {
		if old := r.kept[account]; account == Account1 && old != "" && old != string(password.Bytes()) {
			r.kept[Previous1] = old
		}
		r.kept[account] = string(password.Bytes())
	}
	return r.broken
}

// firstKept is how a keyring is asked: for the account, then for the spare ones.
func firstKept(q Request, lookUp func(account string) string) (Key, bool) {
	for _, account := range append([]string{q.Account}, q.Spare...) {
		from := "the test's keyring (" + account + ")"
		if text := lookUp(account); text != "" && !slices.Contains(q.Wrong, from) {
			return Key{Password: value(text), From: from, Kept: true}, true
		}
	}
	return Key{}, false
}

// fixed answers one password, always, and keeps nothing.
type fixed string

func (f fixed) Key(context.Context, Request) (Key, error) {
	return Key{Password: value(string(f)), From: "the test"}, nil
}

func (f fixed) NewKey(ctx context.Context, q Request) (Key, error) { return f.Key(ctx, q) }

const generated = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func value(text string) secret.Value { return secret.NewValue([]byte(text)) }

func ref(t testing.TB, text string) secret.Ref {
	t.Helper()
	parse := secret.ParseRef
	if len(text) > 6 && text[:6] == "__thv_" {
		parse = secret.ParseSystemRef
	}
	r, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// putDescribed adds an entry with a description, which the format has and nothing writes.
func (s *Store) putDescribed(ctx context.Context, name, value, description string) error {
	now := s.config.Clock().UnixNano()
	return s.update(ctx, func(list entries.List) (change, error) {
		span, err := list.Find(name)
		e := entries.Entry{Name: []byte(name), Value: []byte(value), Description: []byte(description), Created: now, Updated: now}
		return change{span.Start, span.End, entries.Encode(e)}, err
	})
}

func storePath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "toolhive", "secrets_encrypted")
}

func open(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.cost = cheap
	return s
}

func put(t testing.TB, s *Store, name, text string) {
	t.Helper()
	if err := s.Put(t.Context(), ref(t, name), value(text)); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
}

func wantValue(t testing.TB, s *Store, name, text string) {
	t.Helper()
	got, err := s.Get(t.Context(), ref(t, name))
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	if !got.Equal(value(text)) {
		t.Fatalf("get %s: another value", name)
	}
}

func wantError(t testing.TB, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Fatalf("error is %v, want %v", err, class)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantUnchanged(t testing.TB, path string, want []byte) {
	t.Helper()
	if !bytes.Equal(readFile(t, path), want) {
		t.Fatalf("%s has changed", path)
	}
}

// eachFormat runs test once for each format.
func eachFormat(t *testing.T, test func(t *testing.T, f Format)) {
	t.Run("format1", func(t *testing.T) { test(t, Format1) })
	t.Run("format2", func(t *testing.T) { test(t, Format2) })
}
