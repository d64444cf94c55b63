package exec

import (
	"crypto/sha256"
	"sync"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

// values are those that the program was given or has answered, each once.
type values struct {
	mu     sync.Mutex
	seen   map[[sha256.Size]byte]bool
	list   []secret.Value
	masker *mask.Masker // of all of list, nil where there are new ones
}

func (v *values) add(value *protocol.Plaintext) {
	if value == nil {
		return
	}
	sum := sha256.Sum256(value.Bytes())
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen[sum] {
		return
	}
	if v.seen == nil {
		v.seen = map[[sha256.Size]byte]bool{}
	}
	v.seen[sum], v.list, v.masker = true, append(v.list, value.Value), nil
}

func (v *values) mask(text string) string {
	if text == "" {
		return text
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.masker == nil {
		v.masker = mask.New(v.list)
	}
	return v.masker.String(text)
}

// failure is the program's error. Its text is masked as it came, and again as one
// line, in which what stood apart may have met; it is cut after that.
func (v *values) failure(f *protocol.Failure) error {
	told := *f
	told.Message = v.mask(protocol.OneLine(v.mask(f.Message), len(f.Message)))
	return told.Err()
}
