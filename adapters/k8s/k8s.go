package k8s

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Scheme is the scheme of this package's references.
const Scheme = "k8s"

// concurrency is the number of Secrets that GetAll reads at the same time: few enough for the
// server's limits for one user.
const concurrency = 8

var (
	_ provider.Lister  = (*Provider)(nil)
	_ provider.Batcher = (*Provider)(nil)
	_ provider.Checker = (*Provider)(nil)
)

// Provider resolves k8s://namespace/secret/key in one cluster. It is safe for concurrent use,
// and keeps no value between calls.
type Provider struct {
	client    *client
	namespace string
	timeout   time.Duration
}

// New reads the kubeconfig or the pod's files, and makes no request. Its errors wrap
// [secret.ErrUnavailable] and report what is missing.
func New(c Config) (*Provider, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	client, err := c.connect()
	if err != nil {
		return nil, err
	}
	return &Provider{client: client, namespace: c.Namespace, timeout: c.timeout()}, nil
}

// Get returns the value of the key in the Secret.
func (p *Provider) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	name, err := parse(ref)
	if err != nil {
		return secret.Value{}, err
	}
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	read, err := p.client.get(ctx, name.object)
	if err != nil {
		return secret.Value{}, err
	}
	return read.value(name)
}

// GetAll returns the result of Get for each of refs, but reads each Secret only once. The time
// limit of one call applies to all of it.
func (p *Provider) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	bounded, cancel := p.bounded(ctx)
	defer cancel()
	answers := p.readAll(bounded, refs)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := make([]provider.Result, len(refs))
	for i, ref := range refs {
		results[i].Value, results[i].Err = pick(answers, ref)
	}
	return results, nil
}

// List yields every key of every Secret in [Config].Namespace, or in all namespaces. The
// description is the type of the Secret. A missing namespace is treated as empty. The time
// limit of one call applies to each page.
func (p *Provider) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		for start, more := "", true; more; more = start != "" {
			page, err := p.page(ctx, start)
			if err != nil {
				yield(secret.Info{}, err)
				return
			}
			for info := range page.infos() {
				if !yield(info, nil) {
					return
				}
			}
			start = page.Metadata.Continue
		}
	}
}

// Check asks the server for the user's identity, which every user may do (the ClusterRole
// system:basic-user). It needs Kubernetes 1.28 or newer.
func (p *Provider) Check(ctx context.Context) error {
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	return p.client.review(ctx)
}

func (p *Provider) page(ctx context.Context, start string) (secretList, error) {
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	return p.client.list(ctx, p.namespace, start)
}

// bounded returns ctx with the time limit of one call. If the limit passes first, the cause is
// a *slowError.
func (p *Provider) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, p.timeout, &slowError{server: p.client.server, limit: p.timeout})
}

// answer is the result of reading one Secret.
type answer struct {
	read secretObject
	err  error
}

// readAll reads each Secret in refs once.
func (p *Provider) readAll(ctx context.Context, refs []secret.Ref) map[object]*answer {
	answers := map[object]*answer{}
	for _, ref := range refs {
		if name, err := parse(ref); err == nil {
			answers[name.object] = &answer{}
		}
	}
	var reads sync.WaitGroup
	slots := make(chan struct{}, concurrency)
	for id, a := range answers {
		reads.Go(func() {
			slots <- struct{}{}
			a.read, a.err = p.client.get(ctx, id)
			<-slots
		})
	}
	reads.Wait()
	return answers
}

func pick(answers map[object]*answer, ref secret.Ref) (secret.Value, error) {
	name, err := parse(ref)
	if err != nil {
		return secret.Value{}, err
	}
	a := answers[name.object]
	if a.err != nil {
		return secret.Value{}, a.err
	}
	return a.read.value(name)
}
