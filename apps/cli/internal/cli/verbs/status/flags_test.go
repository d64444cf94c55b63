package status_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/status"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, status.NewCommand,
		commandtest.Case[status.Options]{Args: "web", Want: status.Options{Name: "web"}},
		commandtest.Case[status.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[status.Options]{Args: "web db", Wrong: "too many arguments"},
	)
}
