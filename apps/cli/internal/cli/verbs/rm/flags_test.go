package rm_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/rm"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, rm.NewCommand,
		commandtest.Case[rm.Options]{Args: "web", Want: rm.Options{Names: []string{"web"}}},
		commandtest.Case[rm.Options]{Args: "web db web --force --yes", Want: rm.Options{Names: []string{"web", "db"}, Force: true, Yes: true}},
		commandtest.Case[rm.Options]{Args: "", Wrong: "NAME is missing"},
	)
}
