package command

import (
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/impact"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Affected is the part of a report that says whom a change of a secret concerns.
type Affected struct {
	Workloads []impact.Workload `json:"workloads,omitempty"`
	// Unreadable is about saved files that cannot be read, and may use the secret.
	Unreadable []string `json:"unreadable,omitempty"`
}

// AffectedBy tells which workloads use ref, which was stored or deleted. It fails
// never: the change is done.
func AffectedBy(a *app.App, event impact.Event, ref secret.Ref) Affected {
	search := impact.Finder{RunConfigs: a.RunConfigs, Running: a.Statuses.HasSupervisor, Schemes: a.Resolver.Schemes(), Environ: a.Environ}
	workloads, unreadable := search.Find(event, a.Providers.Aliases(ref))
	found := Affected{Workloads: workloads}
	for _, err := range unreadable {
		found.Unreadable = append(found.Unreadable, err.Error())
	}
	return found
}

// Say tells the user.
func (f Affected) Say(s *terminal.Streams) {
	for _, w := range f.Workloads {
		s.Say("%s", w)
	}
	for _, text := range f.Unreadable {
		s.Say("Whether this workload uses it cannot be told: %s", text)
	}
}
