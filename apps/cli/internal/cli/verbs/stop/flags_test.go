package stop_test

import (
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/stop"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, stop.NewCommand,
		commandtest.Case[stop.Options]{Args: "web web db", Want: stop.Options{Names: []string{"web", "db"}, Timeout: supervisor.DefaultGrace}},
		commandtest.Case[stop.Options]{Args: "-a --timeout 5", Want: stop.Options{All: true, Timeout: 5 * time.Second}},
		commandtest.Case[stop.Options]{Args: "--timeout 1m web", Want: stop.Options{Names: []string{"web"}, Timeout: time.Minute}},
		commandtest.Case[stop.Options]{Args: "", Wrong: "NAME is missing"},
		commandtest.Case[stop.Options]{Args: "--all web", Wrong: "--all and names exclude each other"},
		commandtest.Case[stop.Options]{Args: "--timeout 0 web", Wrong: "--timeout is a duration above zero"},
		commandtest.Case[stop.Options]{Args: "--timeout soon web", Wrong: "invalid"},
	)
}
