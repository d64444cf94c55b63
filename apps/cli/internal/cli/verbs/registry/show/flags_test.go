package show_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/show"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, show.NewCommand,
		commandtest.Case[show.Options]{Args: "chat --registry r.json", Want: show.Options{Name: "chat", Registry: "r.json"}},
		commandtest.Case[show.Options]{Args: "", Wrong: "NAME is missing"},
	)
}
