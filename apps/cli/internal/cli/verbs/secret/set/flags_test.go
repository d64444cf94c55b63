package set_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/set"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, set.NewCommand,
		commandtest.Case[set.Options]{Args: "api-key", Want: set.Options{Name: "api-key"}},
		commandtest.Case[set.Options]{Args: "api-key --file - --raw", Want: set.Options{Name: "api-key", File: "-", Raw: true}},
		commandtest.Case[set.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[set.Options]{Args: "api-key value", Wrong: "a value is never an argument"},
	)
}
