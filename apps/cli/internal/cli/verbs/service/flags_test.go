package service_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/service"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, service.NewCommand,
		commandtest.Case[service.Options]{Args: "install", Want: service.Options{Action: "install"}},
		commandtest.Case[service.Options]{Args: "uninstall", Want: service.Options{Action: "uninstall"}},
		commandtest.Case[service.Options]{Args: "status", Want: service.Options{Action: "status"}},
		commandtest.Case[service.Options]{Args: "instal", Wrong: "did you mean: service install"},
		commandtest.Case[service.Options]{Args: "status web", Wrong: "too many arguments"},
	)
}
