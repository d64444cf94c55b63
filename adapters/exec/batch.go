package exec

import (
	"context"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// requestLen is the maximum length of a get-all line without its references.
const requestLen = 128

// GetAll returns the results of the executable, with as few requests as lines of at most
// protocol.MaxLine bytes (4 MiB, thousands of references) allow. If the executable does not
// support batches, a single reference is requested with get, so that its result can still
// be marked as cached.
func (p *Provider) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	switch {
	case p.can.Has(provider.CanGetAll):
	case len(refs) == 1:
		return []provider.Result{p.one(ctx, refs[0])}, nil
	default:
		return nil, p.config.cannot("answer many references at once")
	}
	results := make([]provider.Result, len(refs))
	var asked []int // the indices of the references to request
	for i, ref := range refs {
		if results[i].Err = p.config.checkScheme(ref); results[i].Err == nil {
			asked = append(asked, i)
		}
	}
	for _, batch := range batches(refs, asked) {
		if err := p.batch(ctx, refs, batch, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// batches splits asked, indices of refs, into parts that each fit the line of a request.
func batches(refs []secret.Ref, asked []int) (parts [][]int) {
	first, size := 0, 0
	for n, i := range asked {
		entry := encodedLen(refs[i])
		if size += entry; size > protocol.MaxLine-requestLen {
			parts, first, size = append(parts, asked[first:n]), n, entry
		}
	}
	if first < len(asked) {
		parts = append(parts, asked[first:])
	}
	return parts
}

// encodedLen returns the length of ref on a line, including its separator.
func encodedLen(ref secret.Ref) int {
	line, _ := protocol.Line(ref.String()) // never too long; the newline counts for the comma
	return len(line)
}

// one returns the result of a get.
func (p *Provider) one(ctx context.Context, ref secret.Ref) provider.Result {
	if err := p.checkScheme(ctx, ref); err != nil {
		return provider.Result{Err: err}
	}
	answer, err := p.session.call(ctx, protocol.Request{Op: protocol.OpGet, Ref: ref.String()})
	if err != nil {
		return provider.Result{Err: err}
	}
	return provider.Result{Value: answer.Value.Value, Cached: answer.Cached}
}

// batch requests the references in refs whose indices are in batch.
func (p *Provider) batch(ctx context.Context, refs []secret.Ref, batch []int, results []provider.Result) error {
	request := protocol.Request{Op: protocol.OpGetAll}
	for _, i := range batch {
		request.Refs = append(request.Refs, refs[i].String())
	}
	answer, err := p.session.call(ctx, request)
	if err != nil {
		return err
	}
	for n, i := range batch {
		result := answer.Results[n]
		results[i].Cached = result.Cached
		if result.Error != nil {
			results[i].Err = p.session.failure(ctx, result.Error)
		} else {
			results[i].Value = result.Value.Value
		}
	}
	return nil
}

func (p *Provider) list(ctx context.Context) ([]secret.Info, error) {
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	if !p.can.Has(provider.CanList) {
		return nil, p.config.cannot("list secrets")
	}
	answer, err := p.session.call(ctx, protocol.Request{Op: protocol.OpList})
	if err != nil {
		return nil, err
	}
	infos := make([]secret.Info, 0, len(answer.Items))
	for _, item := range answer.Items {
		if p.config.listable(item.Name) {
			description := printable.Line(item.Description, protocol.MaxMessage)
			infos = append(infos, secret.Info{Name: item.Name, Description: description, Created: item.Created, Updated: item.Updated})
		}
	}
	if left := len(answer.Items) - len(infos); left > 0 {
		p.config.Logger.DebugContext(ctx, "the provider's program lists names that are no references to it; they are left out",
			"provider", p.config.Name, "names", left)
	}
	return infos, nil
}

// listable reports whether name is a reference that Get would request.
func (c Config) listable(name string) bool {
	parse := secret.ParseRef
	if strings.HasPrefix(name, secret.SystemPrefix) {
		parse = secret.ParseSystemRef
	}
	ref, err := parse(name)
	return err == nil && c.checkScheme(ref) == nil
}
