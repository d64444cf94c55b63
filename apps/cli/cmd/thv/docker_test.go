package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// withProbe has the rest of a script use a thv with a real engine, and makes an
// image of the workload of adapters/docker's tests, whose name is in IMAGE.
func withProbe(ts *testscript.TestScript, neg bool, args []string) {
	host := os.Getenv("THV_TEST_DOCKER_HOST")
	if neg || len(args) > 0 {
		ts.Fatalf("usage: withprobe")
	}
	if host == "" {
		ts.Fatalf("THV_TEST_DOCKER_HOST is not set: run the tests by hack/docker-engine.sh")
	}
	folder := ts.MkAbs("bin")
	ts.Check(besideEngine(folder))
	ts.Check(buildLinux(filepath.Join(folder, "thv-init-linux-"+runtime.GOARCH), "../thv-init"))
	program := filepath.Join(folder, "workload")
	ts.Check(buildLinux(program, "../../../../adapters/docker/testdata/probe/main.go"))
	image := fmt.Sprintf("thv-test-script:p%d", os.Getpid())
	ts.Check(importImage(host, image, program))
	ts.Defer(func() { _ = askEngine(host, http.MethodDelete, "/images/"+url.PathEscape(image)+"?force=1", nil) })
	ts.Setenv("PATH", folder+string(os.PathListSeparator)+ts.Getenv("PATH"))
	ts.Setenv(engineVariable, "docker")
	ts.Setenv("DOCKER_HOST", host)
	ts.Setenv("IMAGE", image)
}

func buildLinux(program, what string) error {
	build := exec.Command("go", "build", "-o", program, what)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// importImage makes an image of one program, without a registry.
func importImage(host, image, program string) error {
	text, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err = w.WriteHeader(&tar.Header{Name: "workload", Mode: 0o755, Size: int64(len(text))})
	if err == nil {
		_, err = w.Write(text)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	query := url.Values{"fromSrc": {"-"}, "repo": {image}, "changes": {`ENTRYPOINT ["/workload"]`}}
	return askEngine(host, http.MethodPost, "/images/create?"+query.Encode(), &archive)
}

func askEngine(host, method, path string, body *bytes.Buffer) error {
	network, address, _ := strings.Cut(host, "://")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	if body == nil {
		body = &bytes.Buffer{}
	}
	request, err := http.NewRequest(method, "http://engine"+path, body)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	_, err = said.ReadFrom(answer.Body)
	if answer.StatusCode >= 300 || strings.Contains(said.String(), `"error"`) {
		err = fmt.Errorf("the engine: %s: %s", answer.Status, said.String())
	}
	return errors.Join(err, answer.Body.Close())
}
