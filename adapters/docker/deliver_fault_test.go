package docker

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/delivery"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func sealedSpec() workload.Spec {
	s := local
	s.Delivery = workload.DeliverySealed
	return s
}

const imageOfA = `{"Config":{"Entrypoint":["/a"],"WorkingDir":"/app"}}`

// Whatever step of a delivery fails, the error has its class and no value, and no
// container is left, or was ever made.
func TestDelivery_FaultOfAnyStepIsClassifiedAndRemoves(t *testing.T) {
	echo := `{"message":"boom c4n4ry-7f3a"}`
	internal := answer(http.StatusInternalServerError, echo)
	missing := func(string) ([]byte, error) { return nil, secret.ErrUnavailable }
	tests := map[string]struct {
		call    string
		handler http.HandlerFunc
		config  Config
		want    error
		says    string
		made    bool
	}{
		"no init program":      {"", nil, Config{}, secret.ErrUnsupported, "delivery env", false},
		"init is missing":      {"", nil, Config{Init: missing}, secret.ErrUnavailable, "", false},
		"version fails":        {"version", internal, Config{Init: noProgram}, secret.ErrUnavailable, "architecture", false},
		"version hangs":        {"version", hang, Config{Init: noProgram}, secret.ErrUnavailable, "in time", false},
		"version is garbage":   {"version", garbage, Config{Init: noProgram}, secret.ErrUnavailable, "architecture", false},
		"no Linux":             {"version", answer(200, `{"Os":"windows","Arch":"amd64"}`), Config{Init: noProgram}, secret.ErrUnsupported, "windows", false},
		"image fails":          {"inspect", internal, Config{Init: noProgram}, secret.ErrUnavailable, "the image image", false},
		"image hangs":          {"inspect", hang, Config{Init: noProgram}, secret.ErrUnavailable, "in time", false},
		"image is not there":   {"inspect", answer(404, echo), Config{Init: noProgram}, secret.ErrNotFound, "docker login", false},
		"image has no command": {"inspect", answer(200, `{}`), Config{Init: noProgram}, workload.ErrInvalidSpec, "cmd_args", false},
		"image is hidden":      {"inspect", answer(200, `{"Config":{"Cmd":["/run/secrets/bin/a"]}}`), Config{Init: noProgram}, workload.ErrInvalidSpec, "/run/secrets/bin/a", false},
		"folder is hidden":     {"inspect", answer(200, `{"Config":{"Cmd":["a"],"WorkingDir":"/run/secrets"}}`), Config{Init: noProgram}, workload.ErrInvalidSpec, "hide", false},
		"create fails":         {"create", internal, Config{Init: noProgram}, secret.ErrUnavailable, "creating", false},
		"archive fails":        {"archive", internal, Config{Init: noProgram}, secret.ErrUnavailable, "/.thv (delivery env", true},
		"archive says why":     {"archive", answer(400, `{"message":"volume is broken"}`), Config{Init: noProgram}, workload.ErrInvalidSpec, "volume is broken", true},
		"archive is refused":   {"archive", answer(403, echo), Config{Init: noProgram}, secret.ErrDenied, "/.thv", true},
		"archive hangs":        {"archive", hang, Config{Init: noProgram}, secret.ErrUnavailable, "in time", true},
		"attach fails":         {"attach", internal, Config{Init: noProgram}, secret.ErrUnavailable, "attaching", true},
		"wait fails":           {"wait", internal, Config{Init: noProgram}, secret.ErrUnavailable, "", true},
		"start fails":          {"start", internal, Config{Init: noProgram}, secret.ErrUnavailable, "starting", true},
		"start hangs":          {"start", hang, Config{Init: noProgram}, secret.ErrUnavailable, "in time", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t, test.config)
			if strings.HasSuffix(name, "hangs") {
				hasty(r)
			}
			f.on("inspect", answer(200, imageOfA))
			if test.call != "" {
				f.on(test.call, test.handler)
			}
			_, err := r.Start(t.Context(), sealedSpec(), given(t, "/run/secrets/a"), workload.Streams{Out: io.Discard, Err: io.Discard})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "c4n4ry") {
				t.Errorf("%v", err)
			}
			if got := f.called("remove") == 1; got != test.made {
				t.Errorf("removed %d times", f.called("remove"))
			}
		})
	}
}

// An Engine that takes the frame but slowly, or not at all, is not waited for
// without end; on a terminal neither is an init that never speaks.
func TestDelivery_EngineThatTakesNothingIsUnavailable(t *testing.T) {
	large := workload.Environment{}
	for _, name := range []string{"/s/a", "/s/b", "/s/c", "/s/d"} {
		setFile(t, &large, name, 0o400, strings.Repeat("c4n4ry-7f3a", 90000))
	}
	for name, streams := range map[string]workload.Streams{
		"a pipe": {Out: io.Discard, Err: io.Discard}, "a terminal": {Out: io.Discard, Err: io.Discard, Terminal: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t, Config{Init: noProgram})
			hasty(r)
			f.on("inspect", answer(200, imageOfA))
			_, err := r.Start(t.Context(), local, large, streams)
			if !errors.Is(err, secret.ErrUnavailable) || f.called("remove") != 1 || strings.Contains(err.Error(), "c4n4ry") {
				t.Errorf("%v, removed %d times", err, f.called("remove"))
			}
		})
	}
}

// A container that ends before it has read the frame, as one that is out of memory,
// has its own status: the connection that the Engine then resets is no fault of that.
func TestDelivery_ContainerThatEndsBeforeItHasReadKeepsItsStatus(t *testing.T) {
	for name, terminal := range map[string]bool{"a pipe": false, "a terminal": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t, Config{Init: noProgram})
			f.on("inspect", answer(200, imageOfA))
			f.on("attach", f.attached(func(c net.Conn) {
				said := frame(frameErr, "killed")
				if terminal {
					_, _ = io.WriteString(c, delivery.Ready)
					said = "killed"
				}
				_, _ = c.Read(make([]byte, 1))
				_, _ = io.WriteString(c, said)
				f.removing.Do(func() { close(f.removed) })
			}))
			out := &sink{}
			p, err := r.Start(t.Context(), sealedSpec(), given(t), workload.Streams{Out: out, Err: out, Terminal: terminal})
			if err != nil {
				t.Fatal(err)
			}
			if status, err := p.Wait(t.Context()); status != 9 || err != nil || out.String() != "killed" {
				t.Errorf("%d, %v, %q", status, err, out.String())
			}
		})
	}
}

func TestDelivery_CancelledIsCancelled(t *testing.T) {
	f, r := newFake(t, Config{Init: noProgram})
	f.on("inspect", answer(200, imageOfA))
	ctx, cancel := context.WithCancel(t.Context())
	f.on("start", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		cancel()
	})
	_, err := r.Start(ctx, sealedSpec(), given(t), workload.Streams{Out: io.Discard, Err: io.Discard, Terminal: true})
	if !errors.Is(err, context.Canceled) || f.called("remove") != 1 {
		t.Errorf("%v, removed %d times", err, f.called("remove"))
	}
}

func TestDelivery_TerminalGetsTheFrameBetweenTheMarks(t *testing.T) {
	f, r := newFake(t, Config{Init: noProgram})
	f.on("inspect", answer(200, imageOfA))
	got := make(chan delivery.Frame, 1)
	f.on("attach", f.attached(func(c net.Conn) {
		_, _ = io.WriteString(c, "before \x1b_thv:re"+delivery.Ready)
		frame, err := delivery.Read(c)
		if err != nil {
			t.Error(err)
		}
		got <- frame
		_, _ = io.WriteString(c, delivery.Done+"after")
		f.removing.Do(func() { close(f.removed) })
	}))
	out := &sink{}
	p, err := r.Start(t.Context(), sealedSpec(), given(t, "/run/secrets/a"), workload.Streams{Out: out, Err: io.Discard, Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if frame := <-got; len(frame.Variables) != 2 || string(frame.Variables[0].Value) != canary || len(frame.Files) != 1 || frame.Files[0].Mode != 0o400 {
		t.Errorf("%d variables, %d files", len(frame.Variables), len(frame.Files))
	}
	if out.String() != "before \x1b_thv:reafter" {
		t.Errorf("%q", out.String())
	}
}

// The plain way has no call more than it had, and a container as it was.
func TestDelivery_PlainEnvironmentCostsNoCall(t *testing.T) {
	f, r := newFake(t, Config{Init: func(string) ([]byte, error) { t.Error("the init is asked for"); return nil, nil }})
	p, err := r.Start(t.Context(), local, given(t), discard)
	if err != nil {
		t.Fatal(err)
	}
	if f.called("inspect")+f.called("version")+f.called("archive") > 0 {
		t.Errorf("%v", f.calls)
	}
	cancelled(t, p)
	// Nor has one that is sealed and has nothing to seal.
	f, r = newFake(t, Config{Init: noProgram})
	if p, err = r.Start(t.Context(), sealedSpec(), workload.Environment{}, discard); err != nil {
		t.Fatal(err)
	}
	if f.called("archive") > 0 {
		t.Errorf("%v", f.calls)
	}
	cancelled(t, p)
}

func TestPlan_DeliveryAndVolumesThatClashAreNamed(t *testing.T) {
	_, r := newFake(t, Config{Init: noProgram})
	s := local
	s.Delivery = "secret"
	if _, err := r.Start(t.Context(), s, workload.Environment{}, discard); !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "delivery") {
		t.Error(err)
	}
	p, err := newPlan(workload.Spec{Image: "a", Command: []string{"a"}, Volumes: []string{"/host:/run/secrets:z"}}, discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.mountDirectories(handover{paths: []string{"/run/secrets/a"}}, "", "a"); !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "volumes") {
		t.Error(err)
	}
	for _, target := range []string{"/run/secrets/a", "/run/secrets/a/b", workload.DeliveryFolder} { // the secret would not be written there
		p.volumes[0].Target = target
		if err := p.mountDirectories(handover{paths: []string{"/run/secrets/a"}}, "", "a"); !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "volumes") {
			t.Error(target, err)
		}
	}
	p.volumes[0].Target = "/run/secrets"
	if err := p.mountDirectories(handover{paths: []string{"/run/secrets/sub/a", "/run/secrets/sub/b"}}, "/", "/bin/a"); err != nil || len(p.host.Tmpfs) != 1 {
		t.Error(err, p.host.Tmpfs)
	}
}
