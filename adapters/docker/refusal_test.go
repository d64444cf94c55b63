package docker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// A connection that the Engine does not hand over is refused for a reason, which is
// told unless it repeats a value.
func TestStart_RefusedAttachSaysTheEnginesReason(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		message string
		want    error
		says    string
	}{
		"state":     {http.StatusInternalServerError, "cannot attach: the container is in the state configured", secret.ErrUnavailable, "the container is in the state configured"},
		"forbidden": {http.StatusForbidden, "attaching is not allowed by the policy", secret.ErrDenied, "not allowed by the policy"},
		"bad":       {http.StatusBadRequest, "no such detach keys", workload.ErrInvalidSpec, "no such detach keys"},
		"a value":   {http.StatusInternalServerError, "cannot attach with API_KEY=canary-7d21", secret.ErrUnavailable, withheld},
	} {
		t.Run(name, func(t *testing.T) {
			f, r := newFake(t, Config{})
			f.on("attach", answer(test.status, `{"message":"`+test.message+`"}`))
			environment := workload.NewEnvironment(nil)
			if err := environment.SetSecret("API_KEY", secret.NewValue([]byte("canary-7d21"))); err != nil {
				t.Fatal(err)
			}
			_, err := r.Start(t.Context(), local, environment, workload.Streams{Out: io.Discard, Err: io.Discard})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), "attaching to the container: ") || !strings.Contains(err.Error(), test.says) {
				t.Error(err)
			}
			if strings.Contains(err.Error(), "canary") || f.called("remove") != 1 {
				t.Errorf("%v, removed %d times", err, f.called("remove"))
			}
		})
	}
}

// An engine that removes at once what it cannot start has no reason left for a second
// question.
func TestStart_RefusedAttachSaysTheFirstReason(t *testing.T) {
	f, r := newFake(t, Config{})
	asked := 0
	f.on("attach", func(w http.ResponseWriter, q *http.Request) {
		if asked++; asked > 1 {
			answer(http.StatusNotFound, `{"message":"no such container"}`)(w, q)
			return
		}
		answer(http.StatusInternalServerError, `{"message":"not a directory"}`)(w, q)
	})
	_, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("got %v, want the first reason", err)
	}
}

// The reason may arrive after the head, also if the Engine, or a proxy before it, closes
// the connection then.
func TestRefusal_IsAReasonThatFollowsTheHead(t *testing.T) {
	const body = `{"message":"cannot attach: it is paused"}`
	for name, c := range map[string]struct{ headers, body string }{
		"a length":           {fmt.Sprintf("Content-Length: %d\r\n", len(body)), body},
		"closed":             {"Connection: close\r\n", body},
		"closed, a length":   {fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n", len(body)), body},
		"closed, cut off":    {fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n", len(body)+9), body},
		"closed, and chunks": {"Connection: close\r\nTransfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)},
	} {
		t.Run(name, func(t *testing.T) {
			err := attachRefused(t, "HTTP/1.1 500 Trouble\r\n"+c.headers+"\r\n", c.body)
			if err == nil || err.Error() != "cannot attach: it is paused" {
				t.Errorf("got %v, want the reason", err)
			}
		})
	}
}

// staysOpen is a part that keeps the connection open until the test ends.
const staysOpen = "stays open"

func TestRefusal_EndsWithItsReasonThoughTheConnectionStaysOpen(t *testing.T) {
	err := attachRefused(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"+`{"message":"no"}`, staysOpen)
	if err == nil || err.Error() != "no" {
		t.Errorf("got %v, want the reason", err)
	}
}

// attachRefused returns the refusal of an attach whose answer is parts, each sent once
// the one before was read.
func attachRefused(t *testing.T, parts ...string) error {
	t.Helper()
	dial := func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			_, _ = http.ReadRequest(bufio.NewReader(far))
			for _, part := range parts {
				if part == staysOpen {
					<-t.Context().Done()
					return
				}
				_, _ = io.WriteString(far, part)
			}
		}()
		return near, nil
	}
	api, err := client.NewClientWithOpts(client.WithHost("tcp://engine.invalid:1"), client.WithVersion(minVersion), client.WithDialContext(
		func(ctx context.Context, network, address string) (net.Conn, error) {
			return watched(ctx, network, address, dial)
		}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, w := withWatch(t.Context())
	_, err = api.ContainerAttach(ctx, "c", container.AttachOptions{Stream: true})
	w.stop()
	return w.refusal(err, screen{})
}

// TestRefresh_RefusedUpgradeSaysTheFirstReason is of an exec that was made, and whose
// connection the Engine does not hand over. It is asked once, since it removes an exec
// that it cannot start.
func TestRefresh_RefusedUpgradeSaysTheFirstReason(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		message string
		want    error
		says    string
	}{
		"trouble":   {http.StatusInternalServerError, "cannot start the exec: not a directory", secret.ErrUnavailable, "not a directory"},
		"paused":    {http.StatusConflict, "the container is paused", secret.ErrUnavailable, "the container is paused"},
		"forbidden": {http.StatusForbidden, "exec is not allowed by the policy", secret.ErrDenied, "not allowed by the policy"},
		"a value":   {http.StatusInternalServerError, "cannot hand over secret-of-new", secret.ErrUnavailable, withheld},
	} {
		t.Run(name, func(t *testing.T) {
			f, r := newFake(t, Config{Init: noProgram})
			f.on("inspect", answer(200, `{"Config":{"Cmd":["/a"]}}`))
			p, err := r.Start(t.Context(), local, holding(t, 0o400, "secret-of-old"), discard)
			if err != nil {
				t.Fatal(err)
			}
			defer cancelled(t, p)
			f.on("exec", answer(201, `{"Id":"e"}`))
			f.on("exec json", answer(404, `{"message":"no such exec"}`))
			f.on("exec start", func(w http.ResponseWriter, q *http.Request) {
				if f.called("exec start") > 1 {
					answer(http.StatusNotFound, `{"message":"no such exec"}`)(w, q)
					return
				}
				answer(test.status, `{"message":"`+test.message+`"}`)(w, q)
			})
			err = p.(workload.Refresher).Refresh(t.Context(), holding(t, 0o400, "secret-of-new"))
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), "replacing the delivered files: ") || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %v that says %q", err, test.want, test.says)
			}
			if asked := f.called("exec start"); strings.Contains(fmt.Sprint(err), "secret-of") || asked != 1 {
				t.Errorf("got %v after %d requests, want one, and no value", err, asked)
			}
		})
	}
}

// What is no JSON, or nothing, leaves the status.
func TestStart_RefusedAttachWithoutAReason(t *testing.T) {
	for body, says := range map[string]string{"a proxy's words": "a proxy's words", "": "attaching to the container"} {
		f, r := newFake(t, Config{})
		f.on("attach", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.Copy(w, bytes.NewBufferString(body))
		})
		_, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
		if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), says) {
			t.Error(err)
		}
	}
}

// Words that may also be of an engine in trouble say nothing of the Spec.
func TestFieldOf_IsTheFieldThatTheEnginesWordsAreAbout(t *testing.T) {
	for words, want := range map[string]string{
		`invalid mode: U`: "volumes",
		`path /x is mounted on / but it is not a shared or slave mount`:                        "volumes",
		`error mounting "/x" to rootfs at "/y": mount /x:/y, flags: 0x5000: not a directory`:   "volumes",
		"crun: mount `/x` to `y`: Not a directory: OCI runtime error":                          "volumes",
		`statfs /x: no such file or directory`:                                                 "volumes",
		`unable to set memory limit to 1 (current usage: 2732032)`:                             "memory",
		`unable to find user x: no matching entries in passwd file`:                            "user",
		`unable to find network with name or ID x: network not found`:                          "network",
		`mounting storage for container 0a: creating overlay mount: no space left on device`:   "",
		`make cli opts(): making volume mountpoint for volume /x: mkdir /x: permission denied`: "volumes",
		`statfs /x: input/output error`:                                                        "",
		`error during container init: error setting hostname: operation not permitted`:         "",
	} {
		if got := fieldOf(words); got != want {
			t.Errorf("%s: %q", words, got)
		}
	}
}
