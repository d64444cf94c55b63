// Package refresh resolves the environment of a detached workload, at each start and when one
// of its secrets has changed.
package refresh

import (
	"context"
	"crypto/rand"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Config configures a [Resolver] for one workload.
type Config struct {
	Parts inject.Parts
	// Detection returns how changes at a provider, by its name, are detected.
	Detection func(provider string) rotation.Detection
	// Volatile reports whether a secret differs each time by its nature, so that another
	// value is not a change.
	Volatile func(secret.Ref) bool
	// Files are the files of providers, which are watched.
	Files   []string
	Spec    workload.Spec
	Prepare inject.PrepareOptions
	// Consent is asked before anything is resolved, at each start and for each change.
	Consent inject.Consent
	// Apply gives the workload another environment, as the Decision says. Its errors are
	// those of rotation.Config.Apply.
	Apply func(context.Context, workload.Environment, rotate.Decision) error
	// Report receives the state of changed secrets.
	Report func(rotation.State)
}

// Resolver resolves the environment of a supervisor's workload, and gives the workload
// changed secrets. It may be used by many goroutines.
type Resolver struct {
	config  Config
	watcher *rotation.Watcher // nil if a change does nothing

	// resolving is held while providers are asked, until they are closed.
	resolving sync.Mutex
	// started is closed once the workload was first given an environment.
	started chan struct{}
	once    sync.Once
}

// New returns a Resolver for c. It returns an error for an invalid change policy, which
// [workload.ReadSpec] rejects already.
func New(c Config) (*Resolver, error) {
	r := &Resolver{config: c, started: make(chan struct{})}
	change, err := workload.ParseSecretChange(c.Spec.OnSecretChange)
	if err != nil || change.Ignores() {
		return r, err
	}
	interval, err := workload.ParseSecretInterval(c.Spec.SecretInterval)
	if err != nil {
		return nil, err
	}
	fingerprints, err := newFingerprints()
	if err != nil {
		return nil, err
	}
	r.watcher, err = rotation.New(rotation.Config{
		Secrets: r.secrets, Resolve: r.resolve, ResolveAll: r.resolveAll, Change: change, Apply: r.applyUpdate,
		Detection: c.Detection, Watch: r.watchFiles, Fingerprints: fingerprints,
		Interval: interval, Report: c.Report,
	})
	return r, err
}

// newFingerprints returns a Fingerprinter with a random key that no other process has: its
// fingerprints are never written.
func newFingerprints() (secret.Fingerprinter, error) {
	key := make([]byte, secret.MinFingerprintKey)
	_, _ = rand.Read(key) // which never fails
	return secret.NewFingerprinter(key)
}

// Environment resolves all of the workload's secrets for a start.
func (r *Resolver) Environment(ctx context.Context) (workload.Environment, error) {
	all, err := r.resolveAll(ctx)
	if err != nil {
		return workload.Environment{}, err
	}
	if r.watcher != nil {
		r.watcher.Started(all.Snapshot)
	}
	r.once.Do(func() { close(r.started) })
	return all.Environment, nil
}

// Watch applies changes from the first start on, until ctx is done. It returns at once if
// a change does nothing.
func (r *Resolver) Watch(ctx context.Context) {
	if r.watcher == nil {
		return
	}
	select {
	case <-r.started:
		r.watcher.Run(ctx)
	case <-ctx.Done():
	}
}

func (r *Resolver) resolveAll(ctx context.Context) (rotation.Update, error) {
	prepared, err := r.prepare()
	if err != nil {
		return rotation.Update{}, err
	}
	r.resolving.Lock()
	defer r.resolving.Unlock()
	defer debug.FreeOSMemory() // a password's key takes 64 MiB to derive
	environment, err := prepared.Resolve(ctx, r.config.Consent)
	return rotation.Update{
		Snapshot:    rotation.Snapshot{Secrets: r.watchedSecrets(prepared), Resolution: prepared.Resolution()},
		Environment: environment,
	}, err
}

// prepare reads the env files again, which may have changed too.
func (r *Resolver) prepare() (*inject.Prepared, error) {
	spec := r.config.Spec // Prepare changes no part of it in place
	return inject.Prepare(r.config.Parts, &spec, r.config.Prepare)
}

// secrets returns the workload's secrets with the present references in env files. It returns an
// error, and so nothing is resolved, if an item was not granted.
func (r *Resolver) secrets() ([]rotation.BoundSecret, error) {
	prepared, err := r.prepare()
	if err != nil {
		return nil, err
	}
	if err := r.config.Consent(context.Background(), prepared.Items()); err != nil {
		return nil, err
	}
	return r.watchedSecrets(prepared), nil
}

// watchedSecrets returns the secrets for which a different value is a change.
func (r *Resolver) watchedSecrets(prepared *inject.Prepared) []rotation.BoundSecret {
	var all []rotation.BoundSecret
	for _, one := range prepared.Secrets() {
		if !r.config.Volatile(one.Ref) {
			all = append(all, rotation.BoundSecret{Ref: one.Ref, Target: one.Target})
		}
	}
	return all
}

func (r *Resolver) resolve(ctx context.Context, refs []secret.Ref) (*resolve.Resolution, error) {
	r.resolving.Lock()
	defer r.resolving.Unlock()
	defer r.config.Parts.Close()
	return r.config.Parts.Resolver.Resolve(ctx, refs)
}

func (r *Resolver) applyUpdate(ctx context.Context, all rotation.Update, d rotate.Decision) error {
	return r.config.Apply(ctx, all.Environment, d)
}

// watchFiles watches the files of providers, and the env files, which may come to refer to
// other secrets.
func (r *Resolver) watchFiles(ctx context.Context) (<-chan error, error) {
	paths := slices.Concat(r.config.Files, r.config.Spec.EnvFiles)
	return rotation.WatchFiles(ctx, paths)
}
