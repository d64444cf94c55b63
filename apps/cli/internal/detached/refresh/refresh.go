// Package refresh resolves a detached workload's environment: for each of its
// starts, and where a secret of it has changed.
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

// Config says of which workload.
type Config struct {
	Parts inject.Parts
	// Notice is how changes of the secrets of a provider, by its name, are noticed.
	Notice func(provider string) rotation.Notice
	// Passing reports whether a secret is another one each time by its nature, so that
	// this is no change.
	Passing func(secret.Ref) bool
	// Files are the files of providers that tell about changed secrets.
	Files []string
	Spec  workload.Spec
	Terms inject.Terms
	// Consent is asked before anything is resolved, at each start and for each change.
	Consent inject.Consent
	// Apply gives the workload another environment, as the Decision says. Its errors are
	// those of rotation.Config.Apply.
	Apply func(context.Context, workload.Environment, rotate.Decision) error
	// Report is told what there is to say of changed secrets.
	Report func(rotation.State)
}

// Source is where a supervisor has its workload's environment from. It may be used
// by many goroutines.
type Source struct {
	config  Config
	watcher *rotation.Watcher // nil where a change does nothing

	// turn is held by who asks providers, which are closed afterwards.
	turn sync.Mutex
	// started is closed once the workload was first given an environment.
	started chan struct{}
	once    sync.Once
}

// New returns the Source of c. A RunConfig that says of changes what cannot be is
// workload.ErrInvalidSpec when it is read, and here an error.
func New(c Config) (*Source, error) {
	s := &Source{config: c, started: make(chan struct{})}
	change, err := workload.ParseSecretChange(c.Spec.OnSecretChange)
	if err != nil || change.Ignores() {
		return s, err
	}
	interval, err := workload.ParseSecretInterval(c.Spec.SecretInterval)
	if err != nil {
		return nil, err
	}
	fingerprints, err := newFingerprints()
	if err != nil {
		return nil, err
	}
	s.watcher, err = rotation.New(rotation.Config{
		Subjects: s.subjects, Resolve: s.resolve, Renew: s.renew, Change: change, Apply: s.apply,
		Notice: c.Notice, Watch: s.files, Fingerprints: fingerprints,
		Interval: interval, Report: c.Report,
	})
	return s, err
}

// newFingerprints has a random key that no other process has: its fingerprints are
// never written.
func newFingerprints() (secret.Fingerprinter, error) {
	key := make([]byte, secret.MinFingerprintKey)
	_, _ = rand.Read(key) // which never fails
	return secret.NewFingerprinter(key)
}

// Environment resolves all of the workload's secrets for a start.
func (s *Source) Environment(ctx context.Context) (workload.Environment, error) {
	all, err := s.renew(ctx)
	if err != nil {
		return workload.Environment{}, err
	}
	if s.watcher != nil {
		s.watcher.Started(all.Reading)
	}
	s.once.Do(func() { close(s.started) })
	return all.Environment, nil
}

// Watch has changes applied from the first start on, until ctx is done. It returns
// at once where a change does nothing.
func (s *Source) Watch(ctx context.Context) {
	if s.watcher == nil {
		return
	}
	select {
	case <-s.started:
		s.watcher.Run(ctx)
	case <-ctx.Done():
	}
}

func (s *Source) renew(ctx context.Context) (rotation.Renewal, error) {
	prepared, err := s.prepare()
	if err != nil {
		return rotation.Renewal{}, err
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	defer debug.FreeOSMemory() // a password's key takes 64 MiB to derive
	environment, err := prepared.Resolve(ctx, s.config.Consent)
	return rotation.Renewal{
		Reading:     rotation.Reading{Subjects: s.watched(prepared), Resolution: prepared.Found()},
		Environment: environment,
	}, err
}

// prepare reads what may have changed beside the secrets: env files.
func (s *Source) prepare() (*inject.Prepared, error) {
	spec := s.config.Spec // of which Prepare changes no part in place
	return inject.Prepare(s.config.Parts, &spec, s.config.Terms)
}

// subjects are those of an env file that was read just now: what is not consented to is
// not asked for either.
func (s *Source) subjects() ([]rotation.Subject, error) {
	prepared, err := s.prepare()
	if err != nil {
		return nil, err
	}
	if err := s.config.Consent(context.Background(), prepared.Items()); err != nil {
		return nil, err
	}
	return s.watched(prepared), nil
}

// watched are the secrets of which another value is a change.
func (s *Source) watched(prepared *inject.Prepared) []rotation.Subject {
	var all []rotation.Subject
	for _, one := range prepared.Subjects() {
		if !s.config.Passing(one.Ref) {
			all = append(all, rotation.Subject{Ref: one.Ref, Target: one.Target})
		}
	}
	return all
}

func (s *Source) resolve(ctx context.Context, refs []secret.Ref) (*resolve.Resolution, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	defer s.config.Parts.Close()
	return s.config.Parts.Resolver.Resolve(ctx, refs)
}

func (s *Source) apply(ctx context.Context, all rotation.Renewal, d rotate.Decision) error {
	return s.config.Apply(ctx, all.Environment, d)
}

// files are those of providers, and the env files, which may refer to other secrets now.
func (s *Source) files(ctx context.Context) (<-chan error, error) {
	paths := slices.Concat(s.config.Files, s.config.Spec.EnvFiles)
	return rotation.WatchFiles(ctx, paths)
}
