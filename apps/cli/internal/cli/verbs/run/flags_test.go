package run_test

import (
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command/commandtest"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/run"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
)

// line is a container with the options that have a default.
func line(c describe.CommandLine) describe.CommandLine {
	c.Environment.Container = true
	if c.Pull == "" {
		c.Pull = "missing"
	}
	return c
}

func TestNewCommand_ReadsItsOptions(t *testing.T) {
	t.Parallel()
	commandtest.Table(t, run.NewCommand,
		commandtest.Case[run.Options]{Args: "chat", Want: run.Options{Line: line(describe.CommandLine{Image: "chat", Args: []string{}})}},
		commandtest.Case[run.Options]{Args: "-d --yes example/web:1 --name web --group g --transport sse --port 1 --target-port 2 -p 3:4 -v /a:/b --network none -l a=b --workdir /w --user 1 --memory 1m --cpus 1.5 --restart no --read-only --delivery sealed --pull never --on-secret-change restart --secret-interval 5m -- --verbose", Want: run.Options{Detach: true, Yes: true, Pulls: true, Line: line(describe.CommandLine{
			Image: "example/web:1", Args: []string{"--verbose"}, Name: "web", Group: "g", Transport: "sse", Port: 1, TargetPort: 2,
			Publish: []string{"3:4"}, Volumes: []string{"/a:/b"}, Network: "none", Labels: []string{"a=b"}, Workdir: "/w", User: "1", Memory: "1m",
			CPUs: 1.5, Restart: "no", ReadOnly: true, Delivery: "sealed", Pull: "never", Changes: describe.Changes{Action: "restart", Interval: "5m"},
		})}},
		commandtest.Case[run.Options]{Args: "--secret k,target=K -e A=1 --env-file .env --dry-run --no-masking -f --image --registry r.json web", Want: run.Options{DryRun: true, NoMasking: true, Foreground: true, Line: line(describe.CommandLine{
			Image: "web", Args: []string{}, IsImage: true, Registry: "r.json",
			Environment: describe.Environment{Secrets: []string{"k,target=K"}, Variables: []string{"A=1"}, Files: []string{".env"}},
		})}},
		commandtest.Case[run.Options]{Args: "--from-config web.json --ignore tools_filter --pull always", Want: run.Options{From: "web.json", Pulls: true, Ignored: []string{"tools_filter"}, Line: line(describe.CommandLine{Pull: "always"})}},
		commandtest.Case[run.Options]{Args: "", Wrong: "NAME_OR_IMAGE is missing"},
		commandtest.Case[run.Options]{Args: "chat --verbose", Wrong: "unknown flag"},
		commandtest.Case[run.Options]{Args: "--from-config web.json chat", Wrong: "leave them out"},
		commandtest.Case[run.Options]{Args: "--from-config web.json -v /a:/b", Wrong: "--volume does not go with --from-config"},
	)
}
