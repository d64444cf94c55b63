package command

import (
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/impact"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Affected is the part of a report about the workloads that a changed secret affects.
type Affected struct {
	Workloads []impact.Workload `json:"workloads,omitempty"`
	// Unreadable is about saved files that cannot be read, and may use the secret.
	Unreadable []string `json:"unreadable,omitempty"`
}

// AffectedBy returns the workloads that use ref, which was stored or deleted. It returns no
// error, since the secret has been changed already.
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
