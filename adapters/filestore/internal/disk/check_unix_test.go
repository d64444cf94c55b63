//go:build unix

package disk

import (
	"strings"
	"testing"
)

func TestOwnerAdvice_NeverTakesAnothersFileNorLocksItsUserOut(t *testing.T) {
	for name, c := range map[string]struct {
		owner, me int
		says      string
		chown     bool
	}{
		"root looks at a user's":       {1000, 0, "without sudo", false},
		"a user at another user's":     {1001, 1000, "move it away", false},
		"a user at what root has made": {0, 1000, "run: sudo chown 1000 '/home/me/a b'", true},
	} {
		advice := ownerAdvice("/home/me/a b", c.owner, c.me)
		if !strings.Contains(advice, c.says) || strings.Contains(advice, "chown") != c.chown {
			t.Errorf("%s: got %q, want %q, with chown: %v", name, advice, c.says, c.chown)
		}
	}
}
