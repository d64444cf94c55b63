package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", workload.ErrInvalidSpec, field, fmt.Sprintf(format, args...))
}

// failed classifies the error of a call under ctx without values of an environment. It does
// not repeat the Engine's message.
func (r *Runtime) failed(ctx context.Context, what string, err error) error {
	return r.classify(ctx, what, err, func(error) string { return "" })
}

// failedWith is [Runtime.failed] for calls of a Start, where the Engine's message helps the
// user; say removes what must not be repeated.
func (r *Runtime) failedWith(ctx context.Context, what string, err error, say screen) error {
	return r.classify(ctx, what, err, say.text)
}

func (r *Runtime) classify(ctx context.Context, what string, err error, say func(error) string) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %s: %w", r.program(), what, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %s did not answer in time (%s); see whether it is overloaded or hangs, or give it more time with DOCKER_CLIENT_TIMEOUT (in seconds)",
			secret.ErrUnavailable, r.engine(), what)
	case errors.Is(err, fs.ErrPermission):
		if r.isPodman() {
			return fmt.Errorf("%w: no permission for Podman's socket %s; use your own (%s) or say where it is with DOCKER_HOST",
				secret.ErrDenied, r.host.address, "systemctl --user start podman.socket")
		}
		return fmt.Errorf("%w: no permission for the Docker Engine's socket %s; %s",
			secret.ErrDenied, r.host.address, joins(runtime.GOOS))
	case client.IsErrConnectionFailed(err):
		return r.noEngine()
	}
	class, words := classOf(err), say(err)
	var refusal *engineRefusal
	if errors.As(err, &refusal) {
		words = refusal.words
	}
	if words != "" {
		words = ": " + words
	}
	return fmt.Errorf("%w: %s: %s%s", class, r.program(), what, words)
}

func classOf(err error) error {
	switch {
	case cerrdefs.IsPermissionDenied(err), cerrdefs.IsUnauthorized(err):
		return secret.ErrDenied
	case cerrdefs.IsConflict(err):
		return secret.ErrConflict
	case cerrdefs.IsInvalidArgument(err), cerrdefs.IsNotFound(err):
		return workload.ErrInvalidSpec
	}
	return secret.ErrUnavailable
}

// starts returns the command that starts an engine on a system.
func starts(system string) string {
	if system == "linux" {
		return "sudo systemctl start docker, or Docker Desktop"
	}
	return "docker desktop start"
}

// joins returns the command that gives a user access to the engine on a system.
func joins(system string) string {
	if system == "linux" {
		return "join the group docker (sudo usermod -aG docker $USER, then log in again) or use a rootless Engine (DOCKER_HOST)"
	}
	return "see that Docker Desktop runs as this user"
}

func (r *Runtime) noEngine() error {
	if r.isPodman() {
		return fmt.Errorf("%w: Podman does not answer at %s; start its socket (%s) or say where an engine is with DOCKER_HOST",
			secret.ErrUnavailable, strings.Join(r.host.missing(), ", "), r.startLine())
	}
	return fmt.Errorf("%w: no Docker Engine answers at %s; start it (%s) or say where it is with DOCKER_HOST",
		secret.ErrUnavailable, strings.Join(r.host.missing(), ", "), starts(runtime.GOOS))
}

func (r *Runtime) imageAbsent(image, pull string) error {
	if pull == workload.PullNever {
		return fmt.Errorf("%w: the image %s is not on this machine and may not be pulled; pull it (%s pull %s) or run without pull=never",
			secret.ErrNotFound, image, r.program(), image)
	}
	return fmt.Errorf("%w: the image %s is neither on this machine nor to be had from its registry; check its name and tag, or log in to the registry (%s login)",
		secret.ErrNotFound, image, r.program())
}

// startFailed classifies an error by the Engine's message, since it has only two statuses for
// all failures of a start.
func (r *Runtime) startFailed(ctx context.Context, what string, err error, say screen) error {
	text := err.Error()
	has := func(part string) bool { return strings.Contains(text, part) }
	program := has(`exec: "`)
	switch {
	case ctx.Err() != nil:
	case program && has("docker-init"):
		return fmt.Errorf("%w: the Docker Engine at %s has no docker-init; install it there (package tini), or switch the init process off",
			secret.ErrUnsupported, r.host.address)
	case errors.Is(classOfPodman(text), secret.ErrUnsupported):
		return fmt.Errorf("%w: %s has no catatonit; install it there (package catatonit), or switch the init process off",
			secret.ErrUnsupported, r.engine())
	case program && (has("executable file not found") || has("no such file or directory")):
		return fmt.Errorf("%w in the image: %s", workload.ErrNoCommand, say.text(err))
	case program && (has("permission denied") || has("exec format error") || has("is a directory")):
		return fmt.Errorf("%w: %s", workload.ErrCannotExecute, say.text(err))
	case fieldOf(text) != "":
		return invalid(fieldOf(text), "%s", say.text(err))
	case has("port is already allocated"), has("address already in use"):
		return fmt.Errorf("%w: a port to publish is taken; choose another one: %s", secret.ErrConflict, say.text(err))
	}
	return r.failedWith(ctx, what, err, say)
}

// fieldOf returns the field of a Spec that an engine's message is about, or "" for other
// messages. Engines have no status for it.
func fieldOf(words string) string {
	has := func(part string) bool { return strings.Contains(words, part) }
	switch {
	case has("no matching entries in"):
		return "user"
	case has("network not found"):
		return "network"
	case has("memory limit"):
		return "memory"
	case has("invalid mode: "), has("making volume mountpoint"), has("but it is not a shared "), has("statfs ") && has("no such file or directory"),
		has("mount") && strings.Contains(strings.ToLower(words), "not a directory"):
		return "volumes"
	}
	return ""
}

// createFailed also classifies by the message of errors with the status 500.
func (r *Runtime) createFailed(ctx context.Context, p plan, err error, say screen) error {
	text := err.Error()
	switch {
	case ctx.Err() != nil:
	case fieldOf(text) != "":
		return invalid(fieldOf(text), "%s", say.text(err))
	case !r.isPodman():
	case strings.Contains(text, "invalid repository name"): // for an unknown image ID
		return r.imageAbsent(p.config.Image, p.pull)
	case strings.Contains(text, "container-init binary not found"):
		return r.startFailed(ctx, "creating the container", err, say)
	}
	return r.failedWith(ctx, "creating the container", err, say)
}
