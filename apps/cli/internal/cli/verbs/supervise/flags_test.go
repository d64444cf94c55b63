package supervise_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/supervise"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, supervise.NewCommand,
		commandtest.Case[supervise.Options]{Args: "web", Want: supervise.Options{Name: "web"}},
		commandtest.Case[supervise.Options]{Args: "--handed-over -- web", Want: supervise.Options{Name: "web", HandedOver: true}},
		commandtest.Case[supervise.Options]{Args: "", Wrong: "NAME is missing"},
	)
}
