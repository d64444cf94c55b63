package start_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/start"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, start.NewCommand,
		commandtest.Case[start.Options]{Args: "web", Want: start.Options{Names: []string{"web"}}},
		commandtest.Case[start.Options]{Args: "-a --yes", Want: start.Options{All: true, Yes: true}},
		commandtest.Case[start.Options]{Args: "web web --ignore oidc_config --ignore tools_filter", Want: start.Options{Names: []string{"web"}, Ignored: []string{"oidc_config", "tools_filter"}}},
		commandtest.Case[start.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[start.Options]{Args: "-a web", Wrong: "exclude each other"},
		commandtest.Case[start.Options]{Args: "web --force", Wrong: "unknown flag: --force"},
	)
}
