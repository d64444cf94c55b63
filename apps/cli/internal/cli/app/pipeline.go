package app

import (
	"github.com/thv-secrets/thv/apps/cli/internal/detached/attend"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/detach"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/handoff"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/start"
)

// The stages of a run, composed of the parts of an App.

// Describer is the stage that makes plans.
func (a *App) Describer() describe.Describer {
	return describe.Describer{Catalog: a.Registry, RunConfigs: a.RunConfigs, Input: a.Streams.In, Say: a.Streams.Say}
}

// Parts returns the dependencies for preparing and resolving a workload.
func (a *App) Parts() inject.Parts {
	return inject.Parts{
		Dialog: a.Streams, Environ: a.Environ, Resolver: a.Resolver, Fingerprints: a.Fingerprints,
		KeepOutOfLogs: a.KeepOutOfLogs, KeepsNothing: a.Providers.KeepsNothing, Close: a.Close,
	}
}

// Consent returns the stage that asks the user. With yes all questions are confirmed; piped is
// true if standard input has a RunConfig.
func (a *App) Consent(yes, piped bool) consent.Consent {
	return consent.Consent{Asker: a.Streams, Grants: a.RunConfigs, Yes: yes, Piped: piped}
}

// Foreground starts workloads in the foreground once c consents.
func (a *App) Foreground(c consent.Consent) start.Foreground {
	return start.Foreground{
		Parts: a.Parts(), Consent: c, RunConfigs: a.RunConfigs,
		Names:   attend.Names{Statuses: a.Statuses, RunConfigs: a.RunConfigs, Say: a.Streams.Say},
		Streams: a.Streams, Masking: true,
	}
}

// Detacher starts workloads detached once c consents.
func (a *App) Detacher(c consent.Consent) detach.Detacher {
	var args []string
	if a.Globals.NoResident {
		args = append(args, "--no-resident")
	}
	return detach.Detacher{
		Parts: a.Parts(), Consent: c, Describer: a.Describer(), RunConfigs: a.RunConfigs, Statuses: a.Statuses,
		EnginePath: a.EnginePath, Args: args, Env: a.Environ.All(), Unlocked: a.Unlocked,
		Progress: a.Streams.Err, HandOver: handoff.Start,
	}
}
