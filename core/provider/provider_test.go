package provider

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

type getter struct{}

func (getter) Get(context.Context, secret.Ref) (secret.Value, error) {
	return secret.Value{}, secret.ErrNotFound
}

type putter struct{ getter }

func (putter) Put(context.Context, secret.Ref, secret.Value) error { return nil }

type deleter struct{ getter }

func (deleter) Delete(context.Context, secret.Ref) error { return nil }

type lister struct{ getter }

func (lister) List(context.Context) iter.Seq2[secret.Info, error] { return nil }

type batcher struct{ getter }

func (batcher) GetAll(context.Context, []secret.Ref) ([]Result, error) { return nil, nil }

type checker struct{ getter }

func (checker) Check(context.Context) error { return nil }

func TestCapabilities_AreReadOffTheType(t *testing.T) {
	for _, c := range []struct {
		p    Provider
		want Capability
		text string
	}{
		{getter{}, 0, "get"},
		{putter{}, CanPut, "get, put"},
		{deleter{}, CanDelete, "get, delete"},
		{lister{}, CanList, "get, list"},
		{batcher{}, CanGetAll, "get, get-all"},
		{checker{}, CanCheck, "get, check"},
		{None{}, CanPut | CanDelete | CanList | CanCheck, "get, put, delete, list, check"},
		{struct{ Provider }{putter{}}, 0, "get"}, // wrapping hides the optional methods
	} {
		if got := Capabilities(c.p); got != c.want || got.String() != c.text {
			t.Errorf("%T: %v, want %s", c.p, got, c.text)
		}
	}
	if both := CanPut | CanList; !both.Has(CanList) || both.Has(CanList|CanDelete) || !both.Has(0) {
		t.Error("Has is wrong")
	}
}

func TestNone_HasAndKeepsNothing(t *testing.T) {
	ref, err := secret.ParseRef("a")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := errors.Join(None{}.Put(ctx, ref, secret.NewValue([]byte("x"))), None{}.Delete(ctx, ref), None{}.Check(ctx)); err != nil {
		t.Error(err)
	}
	if value, err := (None{}).Get(ctx, ref); !errors.Is(err, secret.ErrNotFound) || value.Len() != 0 {
		t.Errorf("Get: got %v, want ErrNotFound and no value", err)
	}
	for info, err := range (None{}).List(ctx) {
		t.Errorf("listed: %v, %v", info, err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, get := None{}.Get(canceled, ref)
	failed := []error{get, None{}.Put(canceled, ref, secret.Value{}), None{}.Delete(canceled, ref), None{}.Check(canceled)}
	for _, err := range None.List(None{}, canceled) {
		failed = append(failed, err)
	}
	for i, err := range failed {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d with a canceled context: %v", i+1, err)
		}
	}
	if len(failed) != 5 {
		t.Error("List with a canceled context yields no error")
	}
}
