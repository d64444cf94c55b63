package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// copied is the copy of a URL's response in a file.
type copied struct {
	URL      string    `json:"url"`
	ETag     string    `json:"etag,omitempty"`
	Fetched  time.Time `json:"fetched"`
	Registry string    `json:"registry"`
}

// age returns the time of the copy, for the user.
func (c copied) age() string { return c.Fetched.Local().Format(time.DateTime) }

// file is the path of an address's copy.
func (s *Source) file(address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(s.config.Cache, "registry-"+hex.EncodeToString(sum[:8])+".json")
}

// maxCopy bounds the file of a copy, in bytes: JSON makes a text longer.
const maxCopy = 8 * MaxSize

// kept returns the copy of an address. One that others could change decides nothing,
// not even whether the address is asked for all of the registry, and that is said. One
// that is damaged, or that this version cannot use, counts as absent.
func (s *Source) kept(address, shown string) (copied, *Registry) {
	text, err := ownfile.Read(s.file(address), maxCopy)
	if errors.Is(err, secret.ErrDenied) {
		s.config.Note(fmt.Sprintf("The copy of the registry %s is not used: %v", shown, err))
	}
	if err != nil {
		return copied{}, nil
	}
	var c copied
	if err := json.Unmarshal(text, &c); err != nil || c.URL != address {
		return copied{}, nil
	}
	parsed, err := Parse(shown, []byte(c.Registry))
	if err != nil {
		return copied{}, nil
	}
	return c, parsed
}

// keep leaves the whole copy or the one before it.
func (s *Source) keep(c copied) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.config.Cache, 0o700); err != nil {
		return err
	}
	if _, _, err := ownfile.Resolve(s.config.Cache); err != nil {
		return err
	}
	return atomicfile.ReplaceSoon(s.file(c.URL), text)
}
