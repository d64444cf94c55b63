package compose

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func TestSayWaiting_OnceAndWithTheWayOut(t *testing.T) {
	var said bytes.Buffer
	waiting := sayWaiting(&terminal.Streams{Err: &said})
	waiting(30 * time.Second)
	waiting(30 * time.Second)
	if text := said.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "locked") || !strings.Contains(text, "30s") || !strings.Contains(text, "--password-file FILE") {
		t.Errorf("said %q", text)
	}
}
