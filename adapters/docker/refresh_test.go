package docker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/delivery"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const delivered = "/run/secrets/a"

// holding is an environment with one file that holds content.
func holding(t testing.TB, mode os.FileMode, content string) workload.Environment {
	t.Helper()
	var environment workload.Environment
	setFile(t, &environment, delivered, mode, content)
	return environment
}

// Who reads meanwhile sees the old content or the new one, whole.
func TestRefresh_ReplacesFilesAtOnceAsTheSameUser(t *testing.T) {
	for name, change := range map[string]func(*workload.Spec){
		"root":                 func(*workload.Spec) {},
		"a user":               func(s *workload.Spec) { s.User = "4321" },
		"a user of a name":     func(s *workload.Spec) { s.User = "app" },
		"user, read-only root": func(s *workload.Spec) { s.User, s.ReadOnly = "4321:99", true },
	} {
		t.Run(name, func(t *testing.T) {
			r, image := engine(t, Config{})
			s := spec(t, image, "follow", delivered)
			change(&s)
			out := &sink{}
			p, err := r.Start(t.Context(), s, holding(t, 0o400, strings.Repeat("first-", 1000)), workload.Streams{Out: out, Err: out})
			if err != nil {
				t.Fatal(err)
			}
			out.await(t, "holds first-")
			for _, content := range []string{"second\x10\x11", strings.Repeat("third-", workload.MaxFile/6), ""} {
				if err := p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o440, content)); err != nil {
					t.Fatal(err)
				}
				out.await(t, "holds "+content[:min(len(content), 6)])
			}
			out.await(t, "holds  of 0\n")
			cancelled(t, p)
			torn := regexp.MustCompile(`(?m)^holds (first-.* of 6000|second\x10\x11 of 8|third-.* of 1048572| of 0)$`).ReplaceAllString(out.String(), "")
			if strings.TrimSpace(torn) != "" {
				t.Errorf("something else was read: %q", torn)
			}
			if err := p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "x")); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("after the end: %v", err)
			}
		})
	}
}

func TestRefresh_OtherFilesThanAtTheStartAreRefused(t *testing.T) {
	r, image := engine(t, Config{})
	out := &sink{}
	p, err := r.Start(t.Context(), spec(t, image, "sleep"), holding(t, 0o400, "x"), workload.Streams{Out: out, Err: out})
	if err != nil {
		t.Fatal(err)
	}
	out.await(t, "ready")
	for _, other := range []workload.Environment{{}, given(t, "/run/secrets/b"), given(t, delivered, "/run/secrets/b")} {
		if err := p.(workload.Refresher).Refresh(t.Context(), other); !errors.Is(err, workload.ErrInvalidSpec) {
			t.Errorf("%v: %v", other, err)
		}
	}
	cancelled(t, p)
}

func TestRefresh_OfNoFilesDoesNothing(t *testing.T) {
	r, image := engine(t, Config{})
	p := start(t, r, spec(t, image, "sleep"), io.Discard)
	if err := p.(workload.Refresher).Refresh(t.Context(), workload.NewEnvironment(map[string]string{"A": "1"})); err != nil {
		t.Error(err)
	}
	cancelled(t, p)
}

// An Engine, or a person, that starts a container again has no values for it.
func TestDelivery_RestartByHandEndsWithAMessage(t *testing.T) {
	t.Parallel()
	r, image := engine(t, Config{})
	s := sealed(t, image, "sleep")
	s.Name = "thv-test-restarted"
	out := &sink{}
	p, err := r.Start(t.Context(), s, given(t, delivered), workload.Streams{Out: out, Err: out})
	if err != nil {
		t.Fatal(err)
	}
	out.await(t, "ready")
	none := 0
	if err := r.api.ContainerRestart(t.Context(), s.Name, container.StopOptions{Timeout: &none}); err != nil {
		t.Fatal(err)
	}
	conn, err := r.api.ContainerAttach(t.Context(), s.Name, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said := &sink{}
	go func() { _ = demultiplex(conn.Reader, said, said) }()
	said.await(t, "thv-init: no values came in 15 s")
	said.await(t, "start it with: thv restart thv-test-restarted\n")
	if status, err := p.Wait(t.Context()); status != 125 || err != nil {
		t.Error(status, err)
	}
}

// attachedRaw starts a sealed container and hands its input over, as no Start
// would.
func attachedRaw(t *testing.T, input string) result {
	t.Helper()
	r, image := engine(t, Config{})
	p, err := newPlan(sealed(t, image, "env", "KEY"), discard)
	if err != nil {
		t.Fatal(err)
	}
	h := handover{sealed: true}
	if err := r.prepare(t.Context(), &p, &h, discard); err != nil {
		t.Fatal(err)
	}
	id, err := r.create(t.Context(), p, screen{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.putInit(t.Context(), id, h.program, screen{}); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	raw := newProcess(r, id, workload.Streams{In: strings.NewReader(input), Out: &out, Err: &errs}, handover{})
	started, err := r.run(t.Context(), raw, screen{})
	if err != nil {
		t.Fatal(err)
	}
	status, err := started.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), status}
}

func TestDelivery_FrameThatIsWrongEndsTheContainerWithoutAValue(t *testing.T) {
	h := handover{sealed: true}
	frame, err := h.frame(given(t))
	if err != nil {
		t.Fatal(err)
	}
	whole := string(frame)
	later := whole[:8] + "\x02" + whole[9:]
	for name, c := range map[string]struct {
		input string
		says  error
	}{
		"nothing":   {"", delivery.ErrNothing},
		"truncated": {whole[:len(whole)-3], delivery.ErrTruncated},
		"foreign":   {"c4n4ry c4n4ry c4n4ry", delivery.ErrForeign},
		"later":     {later, delivery.ErrVersion},
		"too large": {whole[:9] + "\xff\xff\xff\xff" + whole[13:], delivery.ErrTooLarge},
		"damaged":   {strings.Replace(whole, "c4n4ry", "c4n4rY", 1), delivery.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			got := attachedRaw(t, c.input)
			if got.status != 125 || !strings.Contains(got.err, c.says.Error()) || !strings.Contains(got.err, "start it with: thv run") || strings.Contains(got.out+got.err, "c4n4r") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTerminal_NothingOfTheDeliveryIsSeen(t *testing.T) {
	r, image := engine(t, Config{})
	noInit, _ := engine(t, Config{NoInit: true})
	for _, r := range []*Runtime{r, noInit} {
		in, keys := io.Pipe()
		out := &sink{}
		p, err := r.Start(t.Context(), sealed(t, image, "size", "101"), given(t, delivered), workload.Streams{
			In: in, Out: out, Err: io.Discard, Terminal: true, Size: workload.Size{Columns: 101, Rows: 43},
		})
		if err != nil {
			t.Fatal(err)
		}
		out.await(t, "101x43\r\n")
		if _, err := keys.Write([]byte("\x10x")); err != nil {
			t.Fatal(err)
		}
		out.await(t, "^Px") // so it echoes, as a terminal does
		if _, err := keys.Write([]byte("\r")); err != nil {
			t.Fatal(err)
		}
		if status, err := p.Wait(t.Context()); status != 0 || err != nil {
			t.Error(status, err)
		}
		if got := out.String(); got != "101x43\r\n^Px\r\n" {
			t.Errorf("%q", got)
		}
		_ = keys.Close()
	}
}

func TestTerminal_ValuesArriveAsTheyAre(t *testing.T) {
	r, image := engine(t, Config{})
	s := sealed(t, image, "stat", delivered)
	long := strings.Repeat(canary, 20000)
	environment := given(t)
	setFile(t, &environment, delivered, 0o400, long)
	var out bytes.Buffer
	p, err := r.Start(t.Context(), s, environment, workload.Streams{Out: &out, Err: io.Discard, Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); status != 0 || err != nil || !strings.Contains(out.String(), " 520000 bytes c4n4ry") {
		t.Errorf("%d %v %q", status, err, out.String())
	}
}

func TestTerminal_FailedDeliverySaysWhy(t *testing.T) {
	r, _ := engine(t, Config{})
	var out bytes.Buffer
	p, err := r.Start(t.Context(), sealed(t, bare(t, r), "/nosuch"), given(t), workload.Streams{Out: &out, Err: io.Discard, Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); status != 127 || err != nil || out.String() != "thv-init: /nosuch: there is no such program in the image\r\n" {
		t.Errorf("%d %v %q", status, err, out.String())
	}
}

func TestRefresh_OfAContainerWithoutTheInitSaysWhatToDo(t *testing.T) {
	f, r := newFake(t, Config{Init: noProgram})
	f.on("inspect", answer(200, `{"Config":{"Cmd":["/a"]}}`))
	p, err := r.Start(t.Context(), local, holding(t, 0o400, "secret-of-old"), discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		status  int
		message string
		want    error
		says    string
	}{
		"paused":     {http.StatusConflict, "Container 0a is paused, unpause the container before exec", secret.ErrUnavailable, "is paused"},
		"trouble":    {http.StatusInternalServerError, "no space left on device", secret.ErrUnavailable, "no space left"},
		"forbidden":  {http.StatusForbidden, "exec is not allowed by the policy", secret.ErrDenied, "by the policy"},
		"a value":    {http.StatusInternalServerError, "secret-of-new is wrong", secret.ErrUnavailable, withheld},
		"its end":    {http.StatusConflict, "Container 0a is not running", os.ErrProcessDone, ""},
		"it is gone": {http.StatusNotFound, "No such container: 0a", os.ErrProcessDone, ""},
	} {
		f.on("exec", answer(test.status, `{"message":"`+test.message+`"}`))
		err = p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "secret-of-new"))
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "secret-of") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.on("exec", answer(201, `{"Id":"e"}`))
	f.on("exec start", f.attached(func(c net.Conn) {
		_, _ = io.Copy(io.Discard, c)
		_, _ = io.WriteString(c, frame(2, "secret-of-new is wrong"))
	}))
	f.on("exec json", answer(200, `{"ExitCode":126}`))
	err = p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "secret-of-new"))
	if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "restart the workload") || strings.Contains(err.Error(), "secret-of") {
		t.Error(err)
	}
	f.on("exec start", answer(http.StatusConflict, `{"message":"the container is paused"}`))
	err = p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "secret-of-new"))
	if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "the container is paused") {
		t.Error(err)
	}
	f.on("exec start", hang)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := p.(workload.Refresher).Refresh(ctx, holding(t, 0o400, "x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	cancelled(t, p)
}

// Of a paused workload the engine's reason is kept, on both engines.
func TestRefresh_OfAPausedWorkloadSaysSo(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "sleep")
	p, err := r.Start(t.Context(), s, holding(t, 0o400, "secret-of-old"), discard)
	if err != nil {
		t.Fatal(err)
	}
	defer cancelled(t, p)
	id := p.(*process).id
	if err := r.api.ContainerPause(t.Context(), id); err != nil {
		t.Skip("this engine cannot pause a container: ", err)
	}
	err = p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "secret-of-new"))
	if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "is paused") {
		t.Error(err)
	}
	if err := r.api.ContainerUnpause(context.WithoutCancel(t.Context()), id); err != nil {
		t.Error(err)
	}
}

func noProgram(string) ([]byte, error) { return []byte("program"), nil }
