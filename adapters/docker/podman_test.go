package docker

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// podman makes f answer as Podman does: its header, the status 0 for a removal that is
// waited for, and events.
func podman(f *fake, events string) {
	f.on("ping", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set(podmanHeader, "4.3.1")
	})
	f.on("events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(podmanHeader, "4.3.1")
		_, _ = w.Write([]byte(events))
	})
}

func TestPodman_MessagesNameTheEngineThatAnswers(t *testing.T) {
	for address, want := range map[string]string{
		"unix:///run/podman/podman.sock": "Podman does not answer", "unix:///nowhere/docker.sock": "no Docker Engine answers",
	} {
		r, err := New(Config{Hosts: []string{address}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.noEngine(); !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPodman_StatusIsThatOfTheEndAndNotOfTheRemoval(t *testing.T) {
	r, image := engine(t, Config{})
	for range 3 {
		if got := run(t, r, spec(t, image, "exit", "42"), nil); got.status != 42 {
			t.Errorf("%+v", got)
		}
	}
}

func TestPodman_StatusIsThatOfItsEvents(t *testing.T) {
	died := `{"Type":"container","Action":"die","Actor":{"Attributes":{"exitCode":"42"}}}`
	for events, want := range map[string]error{died: nil, "": secret.ErrUnavailable} {
		f, r := newFake(t, Config{})
		podman(f, events)
		if err := r.Check(t.Context()); err != nil || !r.isPodman() {
			t.Fatal(err)
		}
		status, err := r.statusOf(t.Context(), "0123456789abcdef", time.Now())
		if !errors.Is(err, want) || want == nil && status != 42 {
			t.Errorf("%q: %d %v", events, status, err)
		}
	}
}
