package upgrade_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/upgrade"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, upgrade.NewCommand,
		commandtest.Case[upgrade.Options]{Args: "", Want: upgrade.Options{}},
		commandtest.Case[upgrade.Options]{Args: "now", Wrong: "too many arguments"},
	)
}
