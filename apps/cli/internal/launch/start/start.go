// Package start runs a described workload in the foreground: it checks the requirements of the
// plan, asks for consent, resolves the secrets, announces the run, starts it and then saves it.
// Package detach does the same for detached workloads.
package start

import (
	"context"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/foreground"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Names are the names of workloads that are in use.
type Names interface {
	// Attended reports whether another run in the foreground has the container name.
	Attended(name string) bool
	// Conflict returns an error if another workload has name, by its container or by its
	// saved RunConfig. If the run is apart, and so is not saved, only a running workload
	// conflicts.
	Conflict(name string, apart bool) error
	// Keeps returns why the RunConfig that is saved under name must be kept; empty if it need
	// not be.
	Keeps(name string) string
	// Attend announces a run of spec, saved at a place, before anything is made for it.
	Attend(ctx context.Context, runtime workload.Runtime, at runconfig.SaveTarget, spec workload.Spec) (Attendance, error)
}

// Attendance is an announced run.
type Attendance interface {
	// Spec returns spec with a free name for the container and the labels of the run.
	Spec(spec workload.Spec) workload.Spec
	// End ends the announcement after the run ended with err.
	End(err error)
}

// RunConfigs stores the saved RunConfigs.
type RunConfigs interface {
	NameOf(at runconfig.SaveTarget, spec workload.Spec) (string, error)
	Check(spec workload.Spec) error
	Grant(image string, keys []string) error
	KeepGranted(at runconfig.SaveTarget, spec workload.Spec, keys []string) (runconfig.Kept, error)
}

// Foreground runs workloads in the foreground. All fields but Announce are set.
type Foreground struct {
	Parts      inject.Parts
	Consent    consent.Consent
	RunConfigs RunConfigs
	Names      Names
	// Streams are the streams of the workload. With Masking, secrets are masked in its output.
	Streams *terminal.Streams
	Masking bool
	// Announce is called with the URL of an HTTP server before its start.
	Announce func(url string)
}

// Explain returns the report of the sources of p's secrets, and reports what a run would ask.
func (f Foreground) Explain(ctx context.Context, p describe.Plan) (inject.Report, error) {
	prepared, err := f.prepare(&p)
	if err != nil {
		return inject.Report{}, err
	}
	if err := f.Consent.Preview(p, prepared.Items()); err != nil {
		return inject.Report{}, err
	}
	return prepared.Explain(ctx)
}

// Run runs p to its exit. Its errors are those of [foreground.Run], or the reason why p was not
// started.
func (f Foreground) Run(ctx context.Context, runtime workload.Runtime, p describe.Plan) (err error) {
	prepared, err := f.prepare(&p)
	if err != nil {
		return err
	}
	once := prepared.Once()
	p.Apart = p.Apart || len(once) > 0
	if err := f.conflict(p); err != nil {
		return err
	}
	if len(once) > 0 {
		f.say("This run is not saved: the env file %s can be read only once.", printable.Quoted(once[0]))
	}
	if err := f.savable(p); err != nil {
		return err
	}
	environment, err := prepared.Resolve(ctx, func(ctx context.Context, items []access.Item) error { return f.Consent.Ask(ctx, p, items) })
	if err != nil {
		return err
	}
	here, err := f.Names.Attend(ctx, runtime, p.SaveTarget(), p.Spec)
	if err != nil {
		return err
	}
	defer func() { here.End(err) }()
	started := here.Spec(p.Spec)
	p.Apart = p.Apart || started.Name != p.Spec.Name
	saves, err := f.prepareSaving(p, prepared.Items())
	if err != nil {
		return err
	}
	if url := describe.URL(p.Spec); url != "" && f.Announce != nil {
		f.Announce(url)
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: runtime, Spec: started, Environment: environment,
		Streams: f.Streams, Masking: f.Masking, Started: saves.started,
	})
}

// prepare reads the files and variables of p. It sets p.Apart if another run has its name.
func (f Foreground) prepare(p *describe.Plan) (*inject.Prepared, error) {
	prepared, err := inject.Prepare(f.Parts, &p.Spec, p.Prepare)
	if err != nil {
		return nil, p.WrapError(err)
	}
	p.Apart = f.Names.Attended(p.Spec.Name)
	return prepared, nil
}

// conflict refuses the name of another workload. A run without a name gets a free one.
func (f Foreground) conflict(p describe.Plan) error {
	if p.Spec.Name == "" {
		return nil
	}
	return f.Names.Conflict(p.Spec.Name, p.Apart)
}

func (f Foreground) say(format string, args ...any) { f.Parts.Dialog.Say(format, args...) }

// CheckEngine returns an error if the engine in use does not support an option of spec. It opens
// the engine only if spec has such an option.
func CheckEngine(ctx context.Context, open func(context.Context) (workload.Runtime, error), spec workload.Spec) error {
	chowns := func(text string) bool { v, err := workload.ParseVolume(text); return err == nil && v.Chown }
	i := slices.IndexFunc(spec.Volumes, chowns)
	if i < 0 {
		return nil
	}
	runtime, err := open(ctx)
	if err != nil {
		return err
	}
	described, is := runtime.(workload.Described)
	if !is {
		return nil
	}
	engine, err := described.Describe(ctx)
	if err == nil && engine.Name != "Podman" {
		err = secret.Usagef("--volume %d has the option U, which Podman has and %s does not", i+1, engine.Name)
	}
	return err
}
