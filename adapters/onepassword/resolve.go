package onepassword

import (
	"context"
	"slices"
	"sync"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// resolve returns a result for each of asked, which must be distinct. If the service fails as a
// whole, it makes no more requests, since failures count against the quota too: that failure is
// the result of all references without one.
func (p *Provider) resolve(ctx context.Context, asked []reference) (map[reference]provider.Result, error) {
	answers := map[reference]provider.Result{}
	texts, err := p.identify(ctx, asked, answers)
	if err == nil && len(texts) > 0 {
		err = p.send(ctx, asked, texts, answers)
	}
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, r := range asked {
		if _, answered := answers[r]; err != nil && !answered {
			answers[r] = provider.Result{Err: err}
		}
	}
	return answers, nil
}

// identify returns the text of each of asked that can be sent, and adds the errors of the
// others to answers. Its own error is a failure of the whole service.
func (p *Provider) identify(ctx context.Context, asked []reference, answers map[reference]provider.Result) (map[reference]string, error) {
	names, texts := newLookup(&sdkCatalog{p}, true), map[reference]string{}
	for _, r := range asked {
		held, err := names.identify(ctx, r)
		switch {
		case err == nil:
			texts[r] = held.String()
		case whole(err):
			return nil, err
		default:
			answers[r] = provider.Result{Err: err}
		}
	}
	return texts, nil
}

// send resolves the references that have a text in one call, each text once.
func (p *Provider) send(ctx context.Context, asked []reference, texts map[reference]string, answers map[reference]provider.Result) error {
	var sent []string
	for _, r := range asked {
		if text, held := texts[r]; held && !slices.Contains(sent, text) {
			sent = append(sent, text)
		}
	}
	response, err := call(ctx, p.client, func(ctx context.Context, c *onepassword.Client) (onepassword.ResolveAllResponse, error) {
		return c.Secrets().ResolveAll(ctx, sent)
	})
	if err != nil {
		return err
	}
	for r, text := range texts {
		answers[r] = result(response.IndividualResponses[text])
	}
	return nil
}

// result converts the service's response for one reference, which is empty if the service
// omitted it.
func result(one onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]) provider.Result {
	switch {
	case one.Error != nil:
		return provider.Result{Err: unresolved(one.Error.Type)}
	case one.Content == nil:
		return provider.Result{Err: unanswered()}
	}
	return provider.Result{Value: secret.NewValue([]byte(one.Content.Secret))}
}

// maxMisses is the maximum number of remembered references. Beyond it all are forgotten, and
// requested again.
const maxMisses = 4096

// misses remembers the references that were not found. The zero misses is empty.
type misses struct {
	mu  sync.Mutex
	all map[reference]error
}

// of returns the error of r, if it was not found before.
func (m *misses) of(r reference) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[r]
}

// note remembers err if it means that r was not found.
func (m *misses) note(r reference, err error) {
	if secret.ClassOf(err) != secret.ClassNotFound {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil || len(m.all) >= maxMisses {
		m.all = map[reference]error{}
	}
	m.all[r] = err
}
