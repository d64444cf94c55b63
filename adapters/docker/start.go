package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// sizeAtCreate is the API version since which a terminal's size is part of create.
const sizeAtCreate = "1.42"

// Start creates, attaches to and starts a container, and pulls its image before if required.
// After Start has returned, ctx no longer affects the workload; the context of Wait does.
func (r *Runtime) Start(ctx context.Context, spec workload.Spec, environment workload.Environment, streams workload.Streams) (workload.Process, error) {
	p, err := newPlan(spec, streams)
	if err != nil {
		return nil, err
	}
	h, err := newHandover(spec, environment)
	if err != nil {
		return nil, err
	}
	if p.environment, err = h.configured(environment); err != nil {
		return nil, err
	}
	if !r.config.NoInit {
		on := true
		p.host.Init = &on
	}
	if err := r.negotiate(ctx); err != nil {
		return nil, err
	}
	if err := r.checkSources(ctx, p); err != nil {
		return nil, err
	}
	if p.pull == workload.PullAlways {
		if err := r.pull(ctx, p, streams.Progress); err != nil {
			return nil, err
		}
	}
	if h.needed() {
		if err := r.prepare(ctx, &p, &h, streams); err != nil {
			return nil, err
		}
	}
	say := screen{environment}
	id, err := r.create(ctx, p, say, streams.Progress)
	if err != nil {
		return nil, err
	}
	process, err := r.run(ctx, newProcess(r, id, streams, h), say)
	if err != nil {
		return nil, errors.Join(err, r.remove(ctx, id))
	}
	return process, nil
}

// create creates the container. It checks for a missing image only after the Engine reported
// that something is missing, so that a run of a local image needs no additional call.
func (r *Runtime) create(ctx context.Context, p plan, say screen, progress io.Writer) (string, error) {
	id, err := r.createOnce(ctx, p, say)
	if cerrdefs.IsNotFound(err) && ctx.Err() == nil {
		pulled, pullErr := r.pulled(ctx, p, progress)
		if pullErr != nil {
			return "", pullErr
		}
		if pulled {
			id, err = r.createOnce(ctx, p, say)
		}
	}
	if err != nil && (cerrdefs.IsConflict(err) || r.isPodman() && errors.Is(classOfPodman(err.Error()), errNameTaken)) && p.name != "" && ctx.Err() == nil {
		return "", fmt.Errorf("%w: name: a container named %s is there already, which is not this workload's; choose another name, or see whose it is (%s ps -a --filter name=%s)",
			secret.ErrConflict, p.name, r.program(), p.name)
	}
	if err != nil {
		return "", r.createFailed(ctx, p, err, say)
	}
	return id, nil
}

// createOnce does not return at once when ctx is done, since a container whose ID was not
// received could not be removed.
func (r *Runtime) createOnce(ctx context.Context, p plan, say screen) (string, error) {
	lasting, cancel := outlasting(ctx, r.limits.start, r.limits.create)
	defer cancel()
	config := *p.config
	config.Env = p.environment
	made, err := r.api.ContainerCreate(lasting, &config, p.host, nil, nil, p.name)
	if err != nil {
		return "", err
	}
	for _, warning := range made.Warnings {
		r.log.WarnContext(ctx, r.program()+" create", "warning", say.text(errors.New(warning)))
	}
	return made.ID, nil
}

// run attaches to the container, requests its exit status, starts it, and delivers the values
// that are not in its configuration.
func (r *Runtime) run(ctx context.Context, p *process, say screen) (*process, error) {
	frame, err := p.ready(ctx, say)
	if err != nil {
		return nil, err
	}
	defer clear(frame)
	asked := make(chan error, 1)
	go func() { asked <- p.askForEnd(ctx) }()
	err = p.attach(ctx, say)
	if e := <-asked; err == nil {
		err = e
	}
	if err != nil {
		p.abandon()
		// Podman prepares the container now, and reports what cannot start.
		return nil, r.startFailed(ctx, "attaching to the container", err, say)
	}
	p.began = time.Now()
	bounded, cancel := context.WithTimeout(ctx, r.limits.start)
	defer cancel()
	if err := r.api.ContainerStart(bounded, p.id, container.StartOptions{}); err != nil {
		p.abandon()
		return nil, r.startFailed(ctx, "starting the container", err, say)
	}
	r.log.DebugContext(ctx, r.program()+" start", "container", p.id)
	if p.streams.Terminal && versions.LessThan(r.api.ClientVersion(), sizeAtCreate) {
		// A workload that has already exited does not need a size.
		_ = p.Resize(ctx, p.streams.Size)
	}
	if frame != nil {
		if err := p.deliver(ctx, frame); err != nil {
			p.abandon()
			return nil, err
		}
	}
	p.begin()
	return p, nil
}

// remove removes the container by force, running or not, and returns once it is gone. It works
// even if ctx is done.
func (r *Runtime) remove(ctx context.Context, id string) error {
	ctx = context.WithoutCancel(ctx)
	bounded, cancel := context.WithTimeout(ctx, r.limits.end)
	defer cancel()
	err := r.api.ContainerRemove(bounded, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if cerrdefs.IsConflict(err) { // the Engine is already removing it
		err = r.gone(bounded, id)
	}
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("the container %.12s could not be removed (%s rm -f %.12s removes it): %w",
		id, r.program(), id, r.failed(ctx, "removing the container", err))
}

// gone waits until the container is removed.
func (r *Runtime) gone(ctx context.Context, id string) error {
	results, faults := r.api.ContainerWait(ctx, id, container.WaitConditionRemoved)
	select {
	case result := <-results:
		if result.Error != nil {
			return errors.New("the engine failed to remove it")
		}
		return nil
	case err := <-faults:
		return err
	}
}

// outlasting returns a context that ends after limit, or grace after ctx is
// done.
func outlasting(ctx context.Context, limit, grace time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(lasting, func() { timer.Stop() })
	})
	return lasting, func() { stop(); cancel() }
}
