package delete_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/delete"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, delete.NewCommand,
		commandtest.Case[delete.Options]{Args: "api-key --system", Want: delete.Options{Args: []string{"api-key"}, System: true}},
		commandtest.Case[delete.Options]{Args: "--name-json \"x\"", Want: delete.Options{Args: []string{}, Name: command.StoredName{Quoted: `"x"`}}},
		commandtest.Case[delete.Options]{Args: "", Wrong: "NAME is missing"},
	)
}
