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

// maxMasked is how many bytes of values are looked for in text, which takes more
// than twenty times as much memory.
const maxMasked = 4 << 20

// sensitiveNameParts are the parts of a variable name that mark its value as a secret.
var sensitiveNameParts = []string{
	"TOKEN", "SECRET", "PASS", "_PWD", "CREDENTIAL", "KEY", "AUTH", "PRIVATE", "COOKIE", "DSN", "JWT", "BEARER", "CONNECTION_STRING",
}

// values are those that the program was given or has answered, each once.
type values struct {
	mu     sync.Mutex
	seen   map[[sha256.Size]byte]bool
	list   []secret.Value
	size   int          // of all of list
	masker *mask.Masker // of all of list, nil where there are new ones
	lost   bool         // whether there were too many to keep
}

// addSecrets adds the values of those variables of env whose name tells that
// they are secret. All of them would garble every path.
func (v *values) addSecrets(env []string) {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name)
		if slices.ContainsFunc(sensitiveNameParts, func(part string) bool { return strings.Contains(name, part) }) {
			v.add(secret.NewValue([]byte(value)))
		}
	}
}

// addPlaintext is add of a message's value, if there is one.
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

// mask returns text with the values masked, or false where they are too many: then
// text must not be shown.
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

// line is mask of text as one line. It is masked as it came, and again as one
// line, in which what stood apart may have met; it is to be cut after that.
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
