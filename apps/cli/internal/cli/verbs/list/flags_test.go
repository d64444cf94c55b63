package list_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/list"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, list.NewCommand,
		commandtest.Case[list.Options]{Args: "", Want: list.Options{}},
		commandtest.Case[list.Options]{Args: "-a --group tools -l team=a -l x", Want: list.Options{All: true, Group: "tools", Labels: []string{"team=a", "x"}}},
		commandtest.Case[list.Options]{Args: "web", Wrong: "too many arguments"},
	)
}
