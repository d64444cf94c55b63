package exec

import (
	"crypto/sha256"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

// maxMasked is the maximum total size of the masked values in bytes. Masking needs more than
// twenty times as much memory.
const maxMasked = 4 << 20

// sensitiveNameParts are the parts of a variable name that mark its value as a secret.
var sensitiveNameParts = []string{
	"TOKEN", "SECRET", "PASS", "_PWD", "CREDENTIAL", "KEY", "AUTH", "PRIVATE", "COOKIE", "DSN", "JWT", "BEARER", "CONNECTION_STRING",
}

// values are the values that were sent to or received from the executable, each once.
type values struct {
	mu     sync.Mutex
	seen   map[[sha256.Size]byte]bool
	list   []secret.Value
	size   int          // of all of list
	masker *mask.Masker // of all of list; nil if there are new ones
	lost   bool         // whether there were too many to keep
}

// addSecrets adds the values of the variables in env whose names suggest a secret. Masking all
// values would make paths unreadable.
func (v *values) addSecrets(env []string) {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name)
		if slices.ContainsFunc(sensitiveNameParts, func(part string) bool { return strings.Contains(name, part) }) {
			v.add(secret.NewValue([]byte(value)))
		}
	}
}

// addPlaintext adds the value of a message, if it has one.
func (v *values) addPlaintext(value *protocol.Plaintext) {
	if value != nil {
		v.add(value.Value)
	}
}

func (v *values) add(value secret.Value) {
	sum := sha256.Sum256(value.Bytes())
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lost || v.seen[sum] {
		return
	}
	if v.size += value.Len(); v.size > maxMasked {
		v.lost, v.seen, v.list, v.masker = true, nil, nil, nil
		return
	}
	if v.seen == nil {
		v.seen = map[[sha256.Size]byte]bool{}
	}
	v.seen[sum], v.list, v.masker = true, append(v.list, value), nil
}

// mask returns text with the values masked. It returns false if there are too many values;
// then text must not be shown.
func (v *values) mask(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.lost {
		return "", false
	}
	if v.masker == nil {
		v.masker = mask.New(v.list)
	}
	return v.masker.String(text), true
}

// line returns text masked and as one line. It is masked before and after the conversion to one
// line, which may join parts of a value. It must not be cut before.
func (v *values) line(text string) string {
	masked, shown := v.mask(text)
	if shown {
		masked, shown = v.mask(printable.Line(masked, math.MaxInt))
	}
	if !shown {
		return "what the program says is not shown, since it was given or has answered too much to mask"
	}
	return masked
}
