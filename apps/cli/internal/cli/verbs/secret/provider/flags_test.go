package provider_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/provider"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, provider.NewCommand,
		commandtest.Case[provider.Options]{Args: "", Want: provider.Options{}},
		commandtest.Case[provider.Options]{Args: "environment", Want: provider.Options{Name: "environment"}},
		commandtest.Case[provider.Options]{Args: "a b", Wrong: "too many arguments"},
	)
}
