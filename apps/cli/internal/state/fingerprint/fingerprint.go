// Package fingerprint keeps the key of this installation's fingerprints, which
// tell whether a secret is the same as before.
package fingerprint

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// Open returns the Fingerprinter with the key in the file path. It creates a missing
// file with a random key. Only the file's owner may be able to read it: with the key, a
// short secret can be found by trying.
func Open(path string) (secret.Fingerprinter, error) {
	key, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			key, err = read(path)
		}
	}
	if err != nil {
		return secret.Fingerprinter{}, fmt.Errorf("the key of fingerprints: %w", err)
	}
	return secret.NewFingerprinter(key)
}

func read(path string) ([]byte, error) {
	file, err := ownfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others can read it; remove it, and a new one is made: rm %q", path)
	}
	key, err := io.ReadAll(io.LimitReader(file, secret.MinFingerprintKey+1))
	if err == nil && len(key) != secret.MinFingerprintKey {
		err = fmt.Errorf("it is damaged; remove it, and a new one is made: rm %q", path)
	}
	return key, err
}

// create leaves a key that another process has made as it is.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key := make([]byte, secret.MinFingerprintKey)
	_, _ = rand.Read(key) // which never fails
	return atomicfile.Create(path, key)
}
