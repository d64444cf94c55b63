package status

import (
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/status"
	"github.com/thv-secrets/thv/core/secret"
)

func TestRows_SayWhatBecameOfChangedSecrets(t *testing.T) {
	st := status.Status{Name: "web", State: status.Running, Secrets: &status.Secrets{
		State: rotation.State{
			Changed:   map[string]time.Time{"API_KEY": time.Unix(1, 0)},
			Unwatched: "the folder /a cannot be watched",
			Failure:   &rotation.Failure{At: time.Unix(2, 0), Class: secret.ClassNotFound, References: []string{"db-key"}, Next: time.Unix(3, 0)},
		},
		Kept: []string{"OTHER"},
	}}
	var text strings.Builder
	for _, row := range rows(st) {
		text.WriteString(row[0] + ": " + row[1] + "\n")
	}
	for _, want := range []string{
		"changed: API_KEY, ", "old values: OTHER, until it is started anew",
		"secrets: db-key cannot be looked up (not-found) since ", "secrets: are only asked for at an interval: the folder /a cannot be watched",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, text.String())
		}
	}
}
