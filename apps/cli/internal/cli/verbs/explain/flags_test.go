package explain_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/explain"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, explain.NewCommand,
		commandtest.Case[explain.Options]{Args: "a b --secret c --from-config web.json --simulate op=denied --allow-reserved-target", Want: explain.Options{Names: []string{"a", "b"}, Secrets: []string{"c"}, From: "web.json", Simulate: []string{"op=denied"}, AllowReserved: true}},
		commandtest.Case[explain.Options]{Args: "", Want: explain.Options{Names: []string{}}},
		commandtest.Case[explain.Options]{Args: "--simulate", Wrong: "flag needs an argument"},
	)
}
