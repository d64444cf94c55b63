package resetkeyring_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/resetkeyring"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, resetkeyring.NewCommand,
		commandtest.Case[resetkeyring.Options]{Args: "", Want: resetkeyring.Options{}},
		commandtest.Case[resetkeyring.Options]{Args: "--yes", Want: resetkeyring.Options{Yes: true}},
		commandtest.Case[resetkeyring.Options]{Args: "all", Wrong: "too many arguments"},
	)
}
