package docker

import (
	"errors"
	"io"
	"net/http"
	"os"
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
	event := func(action, status string) string {
		return `{"Type":"container","Action":"` + action + `","Actor":{"Attributes":{"exitCode":"` + status + `"}}}`
	}
	for events, want := range map[string]error{
		event("die", "42"): nil, event("die", "1") + event("start", "0") + event("die", "42") + event("remove", "0"): nil,
		"": secret.ErrUnavailable, event("remove", "0"): secret.ErrUnavailable,
	} {
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

// Podman may be slow to read its events, and goes on to listen for others.
func TestPodman_EventsAreReadUntilTheRemoval(t *testing.T) {
	f, r := newFake(t, Config{})
	podman(f, "")
	f.on("events", func(w http.ResponseWriter, request *http.Request) {
		if until := request.URL.Query().Get("until"); until != "" {
			t.Error("until", until)
		}
		for _, event := range []string{`"die","Actor":{"Attributes":{"containerExitCode":"42"}}`, `"remove"`} {
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond) //nolint:forbidigo // an engine that is slow
			_, _ = w.Write([]byte(`{"Type":"container","Action":` + event + `}`))
		}
		w.(http.Flusher).Flush()
		<-request.Context().Done()
	})
	if status, err := r.statusOf(t.Context(), "0123456789abcdef", time.Now()); status != 42 || err != nil {
		t.Error(status, err)
	}
}

func TestPodman_InitThatCannotExecuteIsAShellsStatus(t *testing.T) {
	const line = "ERROR (catatonit:6): failed to exec pid1: "
	for said, want := range map[string]int{
		line + "No such file or directory\n": 127, line + "Permission denied\r\n": 126, line + "Exec format error": 126,
		"": 1, "my " + line + "No such file or directory\n": 1,
	} {
		f, r := newFake(t, Config{})
		podman(f, "")
		if err := r.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := &process{runtime: r}
		to := p.said.tee(io.Discard)
		for part := range strings.SplitSeq(said, ":") {
			if part != said[strings.LastIndex(said, ":")+1:] {
				part += ":"
			}
			_, _ = io.WriteString(to, part)
		}
		_, _ = to.Write(make([]byte, 4*maxOutputHead))
		if got := p.notExecuted(1); got != want || p.notExecuted(0) != 0 {
			t.Errorf("%q: %d", said, got)
		}
	}
}

// Of a container that has ended Podman's list of processes is nothing at all.
func TestPodman_AListOfNothingIsAnEnd(t *testing.T) {
	f, r := newFake(t, Config{})
	podman(f, "")
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.on("top", answer(http.StatusOK, ""))
	p := &process{runtime: r, id: "0a"}
	for inspected, done := range map[string]bool{`{"State":{"Running":false}}`: true, `{"State":{"Running":true}}`: false} {
		f.on("json", answer(http.StatusOK, inspected))
		if yes, err := p.Executed(t.Context()); yes || err == nil || errors.Is(err, os.ErrProcessDone) != done {
			t.Errorf("%s: %v %v", inspected, yes, err)
		}
	}
}
