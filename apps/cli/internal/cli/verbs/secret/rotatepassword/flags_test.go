package rotatepassword_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/rotatepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, rotatepassword.NewCommand,
		commandtest.Case[rotatepassword.Options]{Args: "", Want: rotatepassword.Options{}},
		commandtest.Case[rotatepassword.Options]{Args: "--new-password-file p --generate", Want: rotatepassword.Options{Change: unlock.Change{File: "p", Generate: true}}},
		commandtest.Case[rotatepassword.Options]{Args: "p", Wrong: "too many arguments"},
	)
}
