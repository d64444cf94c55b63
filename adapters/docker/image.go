package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// maxPullMessages is the maximum size of a pull's report, which a registry can influence.
const maxPullMessages = 64 << 20

// pulled reports whether the image had to be pulled and was. It is called after a create that
// failed because something was missing.
func (r *Runtime) pulled(ctx context.Context, p plan, progress io.Writer) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	_, err := r.api.ImageInspect(bounded, p.config.Image)
	switch {
	case err == nil:
		return false, nil
	case !cerrdefs.IsNotFound(err):
		return false, r.failedWith(ctx, "looking for the image "+p.config.Image, err, screen{})
	case p.pull == workload.PullNever:
		return false, r.imageAbsent(p.config.Image, p.pull)
	}
	return true, r.pull(ctx, p, progress)
}

// pull fetches the image, for as long as there is progress.
func (r *Runtime) pull(ctx context.Context, p plan, progress io.Writer) error {
	named, ok := p.image.(reference.Named)
	if !ok { // an image ID, which registries do not know
		return r.imageAbsent(p.config.Image, p.pull)
	}
	auth, err := r.credentials(named)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(r.limits.pull, func() { cancel(errStalled) })
	defer idle.Stop()
	r.log.DebugContext(ctx, r.program()+" pull", "image", p.config.Image)
	answer, err := r.api.ImagePull(bounded, p.config.Image, image.PullOptions{RegistryAuth: auth})
	if err != nil {
		return r.pullFailed(ctx, bounded, p, err)
	}
	defer func() { _ = answer.Close() }()
	report := newProgress(p.config.Image, progress, r.config.PlainProgress)
	err = readPull(answer, func(m pullMessage) {
		idle.Reset(r.limits.pull)
		report.add(m)
	})
	report.end(err)
	if err != nil {
		return r.pullFailed(ctx, bounded, p, err)
	}
	return nil
}

func (r *Runtime) credentials(named reference.Named) (string, error) {
	if r.config.Auth == nil {
		return "", nil
	}
	registry := reference.Domain(named)
	auth, err := r.config.Auth(registry)
	if err != nil {
		return "", fmt.Errorf("%w: the credentials for the registry %s: %w", secret.ErrUnavailable, registry, err)
	}
	return auth, nil
}

var errStalled = errors.New("the pull made no progress")

// pullFailed classifies an error. Engines respond in the same way for a missing image and for
// one that requires a login.
func (r *Runtime) pullFailed(ctx, bounded context.Context, p plan, err error) error {
	var refused pullError
	switch {
	case ctx.Err() != nil:
	case errors.Is(context.Cause(bounded), errStalled):
		return fmt.Errorf("%w: pulling the image %s made no progress for %v; see whether the registry can be reached from the Docker Engine's machine",
			secret.ErrUnavailable, p.config.Image, r.limits.pull)
	case cerrdefs.IsNotFound(err):
		return r.imageAbsent(p.config.Image, p.pull)
	case cerrdefs.IsUnauthorized(err), cerrdefs.IsPermissionDenied(err):
		return fmt.Errorf("%w: the registry of the image %s refuses; log in to it (%s login)", secret.ErrDenied, p.config.Image, r.program())
	case errors.As(err, &refused), cerrdefs.IsInternal(err):
		if class := classOfPull(err.Error()); class != nil {
			return fmt.Errorf("%w: the registry of the image %s says: %s; check its name and tag, or log in to the registry (%s login)",
				class, p.config.Image, screen{}.text(err), r.program())
		}
		// No environment has been sent yet, so the Engine's message is safe.
		return fmt.Errorf("%w: pulling the image %s: %s", secret.ErrUnavailable, p.config.Image, screen{}.text(err))
	}
	return r.failed(ctx, "pulling the image "+p.config.Image, err)
}

// classOfPull classifies a registry's error by its words, since an Engine forwards only these
// in the report of a pull. It returns nil if they are neither about the image nor about this
// user. The words come from the error codes of the distribution specification, and from
// Engines for a platform that an image lacks.
func classOfPull(words string) error {
	words = strings.ToLower(words)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(words, part) })
	}
	switch {
	case has("manifest unknown", "manifest_unknown", "name unknown", "name_unknown", "repository name not known", "no matching manifest",
		"no match for platform", "does not exist", "manifest for", ": not found"):
		return secret.ErrNotFound
	case has("unauthorized", "authentication required", "access denied", "access to the resource is denied", "denied:"):
		return secret.ErrDenied
	}
	return nil
}

// pullMessage has the needed fields of a message in a pull's report.
type pullMessage struct {
	Status string `json:"status"`
	ID     string `json:"id"`
	Detail struct {
		Current int64 `json:"current"`
		Total   int64 `json:"total"`
	} `json:"progressDetail"`
	Error string `json:"error"`
}

// pullError is an Engine's error within a report.
type pullError string

func (e pullError) Error() string { return string(e) }

func readPull(report io.Reader, each func(pullMessage)) error {
	decoder := json.NewDecoder(io.LimitReader(report, maxPullMessages))
	for {
		var m pullMessage
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m.Error != "" {
			return pullError(m.Error)
		}
		each(m)
	}
}
