package export_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/export"
)

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, export.NewCommand,
		commandtest.Case[export.Options]{Args: "web web.json", Want: export.Options{Name: "web", Path: "web.json", Format: "json"}},
		commandtest.Case[export.Options]{Args: "web - --format k8s --with-secrets-commands --force", Want: export.Options{Name: "web", Path: "-", Format: "k8s", Commands: true, Force: true}},
		commandtest.Case[export.Options]{Args: "web", Wrong: "NAME or PATH is missing"},
	)
}
