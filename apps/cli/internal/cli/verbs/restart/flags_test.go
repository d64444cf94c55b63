package restart_test

import (
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/restart"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, restart.NewCommand,
		commandtest.Case[restart.Options]{Args: "web", Want: restart.Options{Names: []string{"web"}, Timeout: supervisor.DefaultGrace}},
		commandtest.Case[restart.Options]{Args: "--all --yes --ignore tools_filter --timeout 2s", Want: restart.Options{All: true, Yes: true, Ignored: []string{"tools_filter"}, Timeout: 2 * time.Second}},
		commandtest.Case[restart.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[restart.Options]{Args: "-a web", Wrong: "exclude each other"},
		commandtest.Case[restart.Options]{Args: "--timeout 25h web", Wrong: "at most 24h"},
	)
}
