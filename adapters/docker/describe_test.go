package docker

import (
	"errors"
	"net/http"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestDescribe_SaysWhichEngineItIs(t *testing.T) {
	r, _ := engine(t, Config{ChosenBy: "a test"})
	e, err := r.Describe(t.Context())
	if err != nil || e.Version == "" || e.Address != r.Host() || e.ChosenBy != "a test" || (e.Name == "Podman") != r.isPodman() {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestDescribe_RootlessAndFaults(t *testing.T) {
	f, r := newFake(t, Config{})
	podman(f, "")
	f.on("info", answer(http.StatusOK, `{"ServerVersion":"5.1\u001b[0m","SecurityOptions":["name=seccomp","name=rootless"]}`))
	if e, err := r.Describe(t.Context()); err != nil || !e.Rootless || e.Name != "Podman" || e.Version != `5.1\x1b[0m` || e.Start == "" {
		t.Errorf("%+v, %v", e, err)
	}
	f.on("info", answer(http.StatusOK, `{"Rootless":true}`))
	if e, err := r.Describe(t.Context()); err != nil || !e.Rootless {
		t.Errorf("%+v, %v", e, err)
	}
	f.on("info", answer(http.StatusInternalServerError, `{"message":"boom"}`))
	if e, err := r.Describe(t.Context()); !errors.Is(err, secret.ErrUnavailable) || e.Address == "" {
		t.Errorf("%+v, %v", e, err)
	}
}
