package get_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/get"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, get.NewCommand,
		commandtest.Case[get.Options]{Args: "api-key --newline", Want: get.Options{Args: []string{"api-key"}, Newline: true}},
		commandtest.Case[get.Options]{Args: "--name-json \"x\"", Want: get.Options{Args: []string{}, Name: command.StoredName{Quoted: `"x"`}}},
		commandtest.Case[get.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[get.Options]{Args: "api-key --name-json \"x\"", Wrong: "exclude each other"},
	)
}
