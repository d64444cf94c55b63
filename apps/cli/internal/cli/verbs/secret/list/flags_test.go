package list_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/list"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, list.NewCommand,
		commandtest.Case[list.Options]{Args: "", Want: list.Options{}},
		commandtest.Case[list.Options]{Args: "op:// --system", Want: list.Options{Scheme: "op", System: true}},
		commandtest.Case[list.Options]{Args: "op", Wrong: "is a scheme"},
		commandtest.Case[list.Options]{Args: "op:// k8s://", Wrong: "too many arguments"},
	)
}
