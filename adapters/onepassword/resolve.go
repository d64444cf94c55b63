package onepassword

import (
	"context"
	"slices"
	"sync"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// resolve answers each of asked, which are different ones.
func (p *Provider) resolve(ctx context.Context, asked []reference) (map[reference]provider.Result, error) {
	answers := map[reference]provider.Result{}
	texts := map[reference]string{}
	var sent []string
	names := &lookup{catalog: &sdkCatalog{p}}
	for _, r := range asked {
		held, err := names.identify(ctx, r)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			answers[r] = provider.Result{Err: err}
			continue
		}
		texts[r] = held.String()
		if !slices.Contains(sent, texts[r]) {
			sent = append(sent, texts[r])
		}
	}
	if len(sent) == 0 {
		return answers, nil
	}
	response, err := call(ctx, p.client, func(ctx context.Context, c *onepassword.Client) (onepassword.ResolveAllResponse, error) {
		return c.Secrets().ResolveAll(ctx, sent)
	})
	if err != nil {
		return nil, err
	}
	for r, text := range texts {
		answers[r] = result(response.IndividualResponses[text])
	}
	return answers, nil
}

// result reads the service's answer, which is empty for a reference that it left
// out.
func result(one onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]) provider.Result {
	switch {
	case one.Error != nil:
		return provider.Result{Err: unresolved(one.Error.Type)}
	case one.Content == nil:
		return provider.Result{Err: unanswered()}
	}
	return provider.Result{Value: secret.NewValue([]byte(one.Content.Secret))}
}

// maxMisses bounds what is remembered; beyond it all is forgotten, and asked
// once more.
const maxMisses = 4096

// misses remembers what was not found. The zero misses is empty.
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

// note remembers err if it says that r was not found.
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
