package protocol

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/thv-secrets/thv/core/internal/safecall"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// pageLen is the size in bytes at which a page is full. A page has at least one entry of
// any size.
const pageLen = 256 << 10

// maxEntry is the size of the largest entry that fits a line for certain.
const maxEntry = MaxLine - 1<<10

// MaxValue is the size of the largest value that fits a message, in bytes.
const MaxValue = maxEntry / 4 * 3

// MaxAnswer is the maximum total [Answer.Size] of all pages of an answer.
const MaxAnswer = 64 << 20

// escapedLen is the maximum length in JSON of one byte of a text.
const escapedLen = len(`\u0000`)

func (s *service) list(ctx context.Context, r Request) error {
	lister, ok := s.provider.(provider.Lister)
	if !ok {
		return s.cannot("list secrets")
	}
	items, size, sum := []Item{}, 0, 0
	for info, err := range lister.List(ctx) {
		if err != nil {
			return err
		}
		item := Item{Name: info.Name, Description: info.Description, Created: info.Created.UTC(), Updated: info.Updated.UTC()}
		if sum += item.weight(); sum > s.answerLen {
			return fmt.Errorf("%w: a list has at most %d bytes to fit the provider protocol", secret.ErrTooLarge, s.answerLen)
		}
		if len(items) > 0 && size+item.size() > s.pageLen {
			if err := s.write(Answer{ID: r.ID, Items: items, More: true}); err != nil {
				return err
			}
			items, size = []Item{}, 0
		}
		items, size = append(items, item), size+item.size()
	}
	return s.write(Answer{ID: r.ID, Items: items})
}

func (i Item) size() int { return 128 + escapedLen*(len(i.Name)+len(i.Description)) }

func (s *service) getAll(ctx context.Context, r Request) error {
	batcher, ok := s.provider.(provider.Batcher)
	if !ok {
		return s.cannot("answer many references at once")
	}
	refs, results := make([]secret.Ref, 0, len(r.Refs)), make([]Result, len(r.Refs))
	var asked []int // the index of each of refs in results
	for i, text := range r.Refs {
		ref, err := parseRef(text)
		if err != nil {
			results[i].Error = FailureOf(err)
			continue
		}
		refs, asked = append(refs, ref), append(asked, i)
	}
	answers, err := batcher.GetAll(ctx, refs)
	if err == nil && len(answers) != len(refs) {
		err = safecall.Misbehaved("answered %d of %d references", len(answers), len(refs))
	}
	if err != nil {
		return err
	}
	for n, i := range asked {
		results[i] = resultOf(answers[n])
	}
	if !bound(results, s.answerLen) {
		return tooMuch(s.answerLen)
	}
	return s.writeResults(r.ID, results)
}

// resultOf returns r as a Result. A value that does not fit a line becomes an error, so
// that the other results can be sent.
func resultOf(r provider.Result) Result {
	switch {
	case r.Err != nil:
		return Result{Error: FailureOf(r.Err), Cached: r.Cached}
	case r.Value.Len() > MaxValue:
		return Result{Error: FailureOf(tooLarge())}
	}
	return Result{Value: NewPlaintext(r.Value), Cached: r.Cached}
}

// bound replaces the results that exceed the total limit by errors, and reports whether
// the rest fits.
func bound(results []Result, limit int) bool {
	if (&Answer{Results: results}).Size() <= limit {
		return true
	}
	instead := Result{Error: FailureOf(tooMuch(limit))}
	room := limit - len(results)*instead.weight()
	for i, r := range results {
		if more := r.weight() - instead.weight(); more > max(room, 0) {
			results[i] = instead
		} else {
			room -= more
		}
	}
	return room >= 0
}

func (r Result) size() int {
	if r.Error != nil {
		return 128 + escapedLen*len(r.Error.Message)
	}
	return 128 + base64.StdEncoding.EncodedLen(r.Value.Len())
}

func (s *service) writeResults(id int64, results []Result) error {
	page, size := []Result{}, 0
	for _, result := range results {
		if len(page) > 0 && size+result.size() > s.pageLen {
			if err := s.write(Answer{ID: id, Results: page, More: true}); err != nil {
				return err
			}
			page, size = []Result{}, 0
		}
		page, size = append(page, result), size+result.size()
	}
	return s.write(Answer{ID: id, Results: page})
}

// Size returns the size of a for [MaxAnswer]: the bytes of values, messages, names and
// descriptions, and 64 for each result and item.
func (a *Answer) Size() int {
	size := 0
	for _, r := range a.Results {
		size += r.weight()
	}
	for _, i := range a.Items {
		size += i.weight()
	}
	return size
}

const entryWeight = 64

func (i Item) weight() int { return entryWeight + len(i.Name) + len(i.Description) }

func (r Result) weight() int {
	switch {
	case r.Error != nil:
		return entryWeight + len(r.Error.Message)
	case r.Value != nil:
		return entryWeight + r.Value.Len()
	}
	return entryWeight
}

func tooMuch(limit int) error {
	return fmt.Errorf("%w: values that are asked for at once have together at most %d bytes to fit the provider protocol; ask for fewer at once",
		secret.ErrTooLarge, limit)
}

func tooLarge() error {
	return fmt.Errorf("%w: a value has at most %d bytes to fit the provider protocol", secret.ErrTooLarge, MaxValue)
}
