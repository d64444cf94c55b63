package protocol

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// huge answers more than an answer holds.
type huge struct{ value secret.Value }

func (h huge) Get(context.Context, secret.Ref) (secret.Value, error) { return h.value, nil }

func (h huge) GetAll(_ context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results := make([]provider.Result, len(refs))
	for i := range results {
		results[i].Value = h.value
	}
	return results, nil
}

func (huge) List(context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		for yield(secret.Info{Name: "a", Description: strings.Repeat("x", 100)}, nil) {
		}
	}
}

func TestServe_WhatIsTooMuchForOneAnswerIsTooLarge(t *testing.T) {
	const length, fit = 1000, 10
	const limit = fit*(length+entryWeight) + 2*fit*256 // with place for the errors
	c := connect(t, serving(huge{secret.NewValue(make([]byte, length))}), func(s *service) { s.answerLen, s.pageLen = limit, 3*length })
	c.say(helloLine)
	c.hear()
	refs, err := json.Marshal(strings.Split(strings.Repeat("a ", 2*fit), " ")[:2*fit])
	if err != nil {
		t.Fatal(err)
	}
	c.say(`{"id":2,"op":"get-all","refs":` + string(refs) + `}`)
	var classes []secret.Class
	size := 0
	for more := true; more; {
		a := c.answer()
		if a.Error != nil {
			t.Fatalf("got the error %+v, want a page", a.Error)
		}
		for _, r := range a.Results {
			class := secret.ClassOK
			if r.Error != nil {
				class = r.Error.Class
			}
			classes = append(classes, class)
		}
		size, more = size+a.Size(), a.More
	}
	if len(classes) != 2*fit || classes[fit-1] != secret.ClassOK || classes[2*fit-1] != secret.ClassTooLarge || size > limit {
		t.Errorf("%v, of %d bytes", classes, size)
	}
	c.say(`{"id":3,"op":"list"}`)
	for size = 0; ; {
		a := c.answer()
		if size += a.Size(); size > limit {
			t.Fatal("the list is endless")
		}
		if a.More {
			continue
		}
		if a.Error == nil || a.Error.Class != secret.ClassTooLarge {
			t.Errorf("got the error %+v, want too-large", a.Error)
		}
		return
	}
}

func TestBound_ErrorsAloneCanBeTooMuch(t *testing.T) {
	few, many := make([]Result, 10), make([]Result, 11)
	if !bound(few, 10*entryWeight) || few[9].Error != nil || bound(many, 10*entryWeight) {
		t.Error("it is bound wrongly")
	}
}
