// Package fetch has the HTTP client for a registry's address. It is apart from
// package registry since that client costs every start, and only the executables
// that have one anyway import it.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/core/secret"
)

// DefaultWait bounds one fetch.
const DefaultWait = 10 * time.Second

const maxRedirects = 5

// Over returns a [registry.Fetch] with the time limit wait for a response; 0 is [DefaultWait].
// It follows redirects to URLs that [registry.CheckAddress] accepts.
func Over(wait time.Duration) registry.Fetch {
	if wait == 0 {
		wait = DefaultWait
	}
	client := &http.Client{Timeout: wait, CheckRedirect: redirects}
	return func(ctx context.Context, address, etag string) (registry.Answer, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return registry.Answer{}, fmt.Errorf("%w: this is no address", secret.ErrUnavailable)
		}
		request.Header.Set("Accept", "application/json")
		if etag != "" {
			request.Header.Set("If-None-Match", etag)
		}
		response, err := client.Do(request)
		if err != nil {
			return registry.Answer{}, failed(ctx, err)
		}
		defer response.Body.Close()
		return read(ctx, response, etag)
	}
}

func read(ctx context.Context, response *http.Response, etag string) (registry.Answer, error) {
	switch {
	case response.StatusCode == http.StatusNotModified && etag != "":
		return registry.Answer{ETag: etag, Unchanged: true}, nil
	case response.StatusCode != http.StatusOK:
		return registry.Answer{}, fmt.Errorf("%w: HTTP status %d", secret.ErrUnavailable, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, registry.MaxSize+1))
	if err != nil {
		return registry.Answer{}, failed(ctx, err)
	}
	if len(text) > registry.MaxSize {
		return registry.Answer{}, fmt.Errorf("%w: the registry is larger than %d MiB", secret.ErrTooLarge, registry.MaxSize>>20)
	}
	return registry.Answer{Text: text, ETag: response.Header.Get("ETag")}, nil
}

// failed returns err without the URL, which may contain a token. Every failure is an outage,
// except that the caller's context is done.
func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return fmt.Errorf("%w: no answer in time", secret.ErrUnavailable)
		}
		err = wrapped.Err
	}
	return fmt.Errorf("%w: %v", secret.ErrUnavailable, err)
}

func redirects(request *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return errors.New("it redirects too often")
	}
	if err := registry.CheckAddress(request.URL.String()); err != nil {
		return errors.New("it redirects to an address that is not https")
	}
	return nil
}
