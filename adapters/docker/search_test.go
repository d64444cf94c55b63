package docker

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestFind_AnswersByLabels(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "sleep")
	s.Labels["extra"] = "1"
	var out, errs bytes.Buffer
	p, err := r.Start(t.Context(), s, workload.Environment{}, workload.Streams{Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	id := p.(workload.Identifier).ID()
	found, err := r.Find(t.Context(), map[string]string{testLabel: t.Name(), "extra": "1"})
	if err != nil || len(found) != 1 || found[0].ID != id || !found[0].Running || found[0].Name == "" || found[0].Labels["extra"] != "1" {
		t.Errorf("%+v %v", found, err)
	}
	if found, err := r.Find(t.Context(), map[string]string{testLabel: t.Name(), "extra": "2"}); err != nil || len(found) != 0 {
		t.Errorf("%+v %v", found, err)
	}
	for range 2 { // the second time it is not there
		if err := r.Remove(t.Context(), id, time.Second); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if found, err := r.Find(t.Context(), map[string]string{testLabel: t.Name()}); err != nil || len(found) != 0 {
		t.Errorf("%+v %v", found, err)
	}
}

func TestFind_NoEngineIsUnavailable(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("json", answer(http.StatusInternalServerError, `{"message":"canary"}`))
	if _, err := r.Find(t.Context(), nil); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	hasty(r)
	f.on("json", hang)
	if _, err := r.Find(t.Context(), nil); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Find(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := r.Remove(ctx, "x", 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRemove_ForcesWhatDoesNotStop(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("stop", answer(http.StatusInternalServerError, `{"message":"no"}`))
	if err := r.Remove(t.Context(), "0123456789abcdef", 0); err != nil || f.called("remove") != 1 {
		t.Errorf("%v, removed %d times", err, f.called("remove"))
	}
	f.on("remove", answer(http.StatusInternalServerError, `{"message":"no"}`))
	if err := r.Remove(t.Context(), "0123456789abcdef", 0); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}
