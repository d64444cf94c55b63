// Package rotation tells whether secrets have changed: it keeps keyed
// fingerprints of them, and no value.
package rotation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/thv-secrets/thv/core/secret"
)

// Reader answers a Secret's values and its version. Its errors wrap a sentinel of
// package secret.
type Reader interface {
	Read(ctx context.Context, namespace, name string) (version string, values map[string]secret.Value, err error)
}

// Fingerprint is the fingerprint of the value of one key.
type Fingerprint struct {
	Hash string
	// Since is when this process saw the value change, zero where it has seen no
	// other.
	Since time.Time
}

// Config is what a Store is made of. All of it must be set.
type Config struct {
	Reader Reader
	// Key is the installation's; see secret.NewFingerprinter.
	Key []byte
	Now func() time.Time
}

// Store reads each version of a Secret once, for all who ask, and keeps the
// fingerprints of its keys. It may be used by many goroutines at once.
type Store struct {
	config  Config
	printer secret.Fingerprinter
	id      string
	reads   singleflight.Group

	mu    sync.Mutex
	cache map[string]entry
}

// entry is what is known of one Secret. It was asked for by one version, and had
// perhaps a newer one when it was read.
type entry struct {
	asked, read  string
	fingerprints map[string]Fingerprint
}

// New returns a Store. Its error says that the key is too short.
func New(c Config) (*Store, error) {
	printer, err := secret.NewFingerprinter(c.Key)
	if err != nil {
		return nil, err
	}
	ref, err := secret.ParseRef("k8s://installation/fingerprint/key")
	if err != nil {
		return nil, err
	}
	id := printer.Of(ref, secret.NewValue([]byte("which key this is")))
	return &Store{config: c, printer: printer, id: id, cache: map[string]entry{}}, nil
}

// KeyID names the key that fingerprints are made with, so that those made with
// another are not compared with them. It does not tell the key.
func (s *Store) KeyID() string { return s.id }

// Of returns the fingerprints of all keys of the Secret that has that version. The
// map must not be changed.
func (s *Store) Of(ctx context.Context, namespace, name, version string) (map[string]Fingerprint, error) {
	id := namespace + "/" + name
	if fingerprints, ok := s.cached(id, version); ok {
		return fingerprints, nil
	}
	made, err, _ := s.reads.Do(id+"/"+version, func() (any, error) {
		if fingerprints, ok := s.cached(id, version); ok {
			return fingerprints, nil
		}
		return s.read(ctx, namespace, name, version)
	})
	if err != nil {
		return nil, err
	}
	return made.(map[string]Fingerprint), nil
}

// Forget drops what is known of a Secret that is gone.
func (s *Store) Forget(namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cache, namespace+"/"+name)
}

func (s *Store) cached(id, version string) (map[string]Fingerprint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cached, ok := s.cache[id]
	if !ok || cached.asked != version && cached.read != version {
		return nil, false
	}
	return cached.fingerprints, true
}

func (s *Store) read(ctx context.Context, namespace, name, version string) (map[string]Fingerprint, error) {
	read, values, err := s.config.Reader.Read(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	fresh := map[string]string{}
	for key, value := range values {
		ref, err := secret.ParseRef("k8s://" + strings.Join([]string{namespace, name, key}, "/"))
		if err != nil {
			return nil, fmt.Errorf("the Secret %s/%s has a key that cannot be referred to: %w", namespace, name, err)
		}
		fresh[key] = s.printer.Of(ref, value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := namespace + "/" + name
	before, seen := s.cache[id]
	fingerprints := make(map[string]Fingerprint, len(fresh))
	for key, of := range fresh {
		fingerprints[key] = s.dated(before, seen, key, of)
	}
	s.cache[id] = entry{asked: version, read: read, fingerprints: fingerprints}
	return fingerprints, nil
}

func (s *Store) dated(before entry, seen bool, key, of string) Fingerprint {
	last, had := before.fingerprints[key]
	switch {
	case !seen:
		return Fingerprint{Hash: of}
	case had && last.Hash == of:
		return last
	}
	return Fingerprint{Hash: of, Since: s.config.Now().Truncate(time.Second)}
}
