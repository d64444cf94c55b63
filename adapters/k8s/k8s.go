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

// concurrency is how many Secrets a GetAll reads at once: few enough to pass the
// server's own limits for one user.
const concurrency = 8

var (
	_ provider.Lister  = (*Provider)(nil)
	_ provider.Batcher = (*Provider)(nil)
	_ provider.Checker = (*Provider)(nil)
)

// Provider answers k8s://namespace/secret/key from one cluster. It may be used by
// many goroutines at once, and keeps no value between calls.
type Provider struct {
	client    *client
	namespace string
	timeout   time.Duration
}

// New reads the kubeconfig, or the pod's files, and makes no request. Its errors are
// secret.ErrUnavailable and say what is missing.
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

// Get answers the bytes that the Secret has under the key.
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

// GetAll answers each of refs as Get would, and reads each Secret once. All of it
// together is given the time of one call.
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

// List yields every key of every Secret in Config.Namespace, or in all namespaces.
// The description is the Secret's type. A namespace that is not there is an empty
// one. Each page is given the time of one call.
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

// Check asks the server who the user is, which every user may (the system's
// ClusterRole system:basic-user). It needs Kubernetes 1.28 or newer.
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

// bounded returns ctx with the time that one call may take. Where that time is
// up before ctx is, the cause is a *slowError.
func (p *Provider) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, p.timeout, &slowError{server: p.client.server, limit: p.timeout})
}

// answer is what came of reading one Secret.
type answer struct {
	read secretObject
	err  error
}

// readAll reads each Secret that refs name once.
func (p *Provider) readAll(ctx context.Context, refs []secret.Ref) map[object]*answer {
	answers := map[object]*answer{}
	for _, ref := range refs {
		if name, err := parse(ref); err == nil {
			answers[name.object] = &answer{}
		}
	}
	var reads sync.WaitGroup
	turn := make(chan struct{}, concurrency)
	for id, a := range answers {
		reads.Go(func() {
			turn <- struct{}{}
			a.read, a.err = p.client.get(ctx, id)
			<-turn
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
