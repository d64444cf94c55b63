package list_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/list"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, list.NewCommand,
		commandtest.Case[list.Options]{Args: "", Want: list.Options{}},
		commandtest.Case[list.Options]{Args: "--registry r.json", Want: list.Options{Registry: "r.json"}},
		commandtest.Case[list.Options]{Args: "web", Wrong: "too many arguments"},
	)
}
