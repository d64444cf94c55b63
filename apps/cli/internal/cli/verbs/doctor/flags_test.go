package doctor_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/doctor"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, doctor.NewCommand,
		commandtest.Case[doctor.Options]{Args: "", Want: doctor.Options{}},
		commandtest.Case[doctor.Options]{Args: "--offline", Want: doctor.Options{Offline: true}},
		commandtest.Case[doctor.Options]{Args: "all", Wrong: "too many arguments"},
	)
}
