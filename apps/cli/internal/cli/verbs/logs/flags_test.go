package logs_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/logs"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, logs.NewCommand,
		commandtest.Case[logs.Options]{Args: "web", Want: logs.Options{Name: "web", Tail: -1}},
		commandtest.Case[logs.Options]{Args: "-ft --tail 10 --since 5m web", Want: logs.Options{Name: "web", Tail: 10, Since: "5m", Follow: true, Timestamps: true}},
		commandtest.Case[logs.Options]{Args: "--previous web", Want: logs.Options{Name: "web", Tail: -1, Previous: true}},
		commandtest.Case[logs.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[logs.Options]{Args: "--tail all web", Wrong: "invalid argument"},
	)
}
