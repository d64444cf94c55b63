// Package rotation detects changed secrets by keyed fingerprints of their values,
// and keeps no value.
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

// Reader reads the values and the version of a Secret. Its errors wrap a class of
// package [secret].
type Reader interface {
	Read(ctx context.Context, namespace, name string) (version string, values map[string]secret.Value, err error)
}

// Fingerprint is the fingerprint of one key's value.
type Fingerprint struct {
	Hash string
	// Since is the time at which this process saw the value change; zero if it has
	// seen only one value.
	Since time.Time
}

// Config configures a [Store]. All fields are required.
type Config struct {
	Reader Reader
	// Key is the installation's key for [secret.NewFingerprinter].
	Key []byte
	Now func() time.Time
}

// Store reads each version of a Secret once, for all callers, and keeps the
// fingerprints of its values. It is safe for concurrent use.
type Store struct {
	config  Config
	printer secret.Fingerprinter
	id      string
	reads   singleflight.Group

	mu    sync.Mutex
	cache map[string]entry
}

// entry has the fingerprints of one Secret. asked is the version that was requested;
// read is the version that was returned, which may be newer.
type entry struct {
	asked, read  string
	fingerprints map[string]Fingerprint
}

// New returns a Store. It returns an error if the key is too short.
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

// KeyID identifies the key of the fingerprints, so that fingerprints of different
// keys are not compared. It does not reveal the key.
func (s *Store) KeyID() string { return s.id }

// Of returns the fingerprints of a Secret's values, by their keys. The Secret is read
// unless its fingerprints of this version are known. The map must not be changed. An
// error wraps a class of package [secret].
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

// Forget drops the fingerprints of a deleted Secret.
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
