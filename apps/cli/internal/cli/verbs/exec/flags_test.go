package exec_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, exec.NewCommand,
		commandtest.Case[exec.Options]{Args: "-- ./server -v", Want: exec.Options{Command: []string{"./server", "-v"}}},
		commandtest.Case[exec.Options]{Args: "--secret k,target=K -e A=1 --env-file .env --env-file-dir d --env-file-expansion shell --workdir /w --dry-run --no-masking --allow-reserved-target ./server --flag", Want: exec.Options{Command: []string{"./server", "--flag"}, Workdir: "/w", DryRun: true, NoMasking: true, Environment: describe.Environment{Secrets: []string{"k,target=K"}, Variables: []string{"A=1"}, Files: []string{".env"}, Directory: "d", Expansion: "shell", AllowReserved: true}}},
		commandtest.Case[exec.Options]{Args: "", Wrong: "COMMAND is missing"},
	)
}
