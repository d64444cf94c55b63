package setup_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/setup"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, setup.NewCommand,
		commandtest.Case[setup.Options]{Args: "", Want: setup.Options{}},
		commandtest.Case[setup.Options]{Args: "--provider encrypted --format 2 --replace-recovery-keys", Want: setup.Options{Provider: "encrypted", Format: 2, Replace: true}},
		commandtest.Case[setup.Options]{Args: "encrypted", Wrong: "too many arguments"},
		commandtest.Case[setup.Options]{Args: "--format two", Wrong: "invalid argument"},
	)
}
