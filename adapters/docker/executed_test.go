package docker

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestExecuted_TellsTheProgramFromTheInits(t *testing.T) {
	tiny := []string{"7", "Ss", "/sbin/docker-init -- /server --n 1"}
	for name, test := range map[string]struct {
		rows         [][]string
		init, direct bool
	}{
		"init alone":              {[][]string{tiny}, false, true},
		"its child":               {[][]string{tiny, {"8", "S", tiny[2]}}, false, true},
		"a child that has failed": {[][]string{tiny, {"8", "Z", "[docker-init] <defunct>"}}, false, true},
		"one that is ending":      {[][]string{tiny, {"8", "S", "[init]"}}, false, true},
		"one without arguments":   {[][]string{tiny, {"8", "S", ""}}, false, true},
		"the program":             {[][]string{tiny, {"8", "Sl", "/server --n 1"}}, true, true},
		"delivery under init":     {[][]string{{"7", "Ss", "/sbin/docker-init -- /.thv/init run web /server"}, {"8", "S", "/.thv/init run web /server"}}, false, true},
		"delivery alone":          {[][]string{{"7", "S", "/.thv/init run web /server"}}, false, false},
		"none":                    {nil, false, false},
		"another ps":              {[][]string{{"7"}}, true, true},
	} {
		top := container.TopResponse{Titles: []string{"PID", "STAT", "COMMAND"}, Processes: test.rows}
		if with, without := executed(top, true), executed(top, false); with != test.init || without != test.direct {
			t.Errorf("%s: %v with init, %v without", name, with, without)
		}
	}
}

func TestExecuted_OnARealEngine(t *testing.T) {
	r, image := engine(t, Config{})
	for _, delivery := range []string{workload.DeliveryEnv, workload.DeliverySealed} {
		s := spec(t, image, "sleep")
		s.Delivery = delivery
		environment := workload.NewEnvironment(map[string]string{"A": "1"})
		p, err := r.Start(t.Context(), s, environment, discard)
		if err != nil {
			t.Fatal(err)
		}
		if !poll(func() bool {
			yes, err := p.(workload.Executing).Executed(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", delivery, err)
			}
			return yes
		}) {
			t.Fatalf("%s: got no execution, want one", delivery)
		}
		cancelled(t, p)
		if yes, err := p.(workload.Executing).Executed(t.Context()); yes || !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: after its end: %v %v", delivery, yes, err)
		}
	}
	s := spec(t, bare(t, r))
	s.Command = []string{"/nosuch"}
	p, err := r.Start(t.Context(), s, workload.Environment{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = p.Wait(context.WithoutCancel(t.Context())) }()
	for over := false; !over; {
		if yes, err := p.(workload.Executing).Executed(t.Context()); yes {
			t.Error("a program that is not there is executed", err)
		}
		select {
		case <-ended:
			over = true
		default:
		}
	}
	if status, err := p.Wait(t.Context()); status != 127 || err != nil {
		t.Error(status, err)
	}
}

func TestExecuted_AnEngineThatCannotTellIsAnError(t *testing.T) {
	f, r := newFake(t, Config{})
	p, err := r.Start(t.Context(), local, workload.Environment{}, discard)
	if err != nil {
		t.Fatal(err)
	}
	f.on("top", answer(http.StatusInternalServerError, `{"message":"ps: not found"}`))
	if yes, err := p.(workload.Executing).Executed(t.Context()); yes || !errors.Is(err, secret.ErrUnavailable) {
		t.Error(yes, err)
	}
	cancelled(t, p)
}
