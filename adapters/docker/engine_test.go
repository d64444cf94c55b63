package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"
	"go.uber.org/goleak"

	"github.com/thv-secrets/thv/core/workload"
)

const testLabel = "thv.test"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine returns a Runtime on a real Engine, and the name of an image with the
// program of testdata/probe in it. At the test's end no container may be left.
func engine(t testing.TB, config Config) (*Runtime, string) {
	t.Helper()
	address := os.Getenv("THV_TEST_DOCKER_HOST")
	if address == "" {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("THV_TEST_DOCKER_HOST is not set: run the tests by hack/docker-engine.sh")
		}
		t.Skip("no Docker Engine: THV_TEST_DOCKER_HOST is not set (hack/docker-engine.sh starts one)")
	}
	config.Hosts = []string{address}
	config.Init = initProgram(t)
	r, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	// What these tests show is not how soon an engine on a busy machine responds.
	r.limits.call, r.limits.start, r.limits.end = 2*time.Minute, 5*time.Minute, 2*time.Minute
	t.Cleanup(func() { _ = r.Close() })
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := probeImage(t, r)
	t.Cleanup(func() {
		if left := containers(t, r, t.Name()); len(left) > 0 {
			t.Errorf("containers are left: %v", left)
		}
		if left := volumes(t, r, t.Name()); len(left) > 0 {
			t.Errorf("volumes are left: %v", left)
		}
	})
	return r, name
}

var probe struct {
	sync.Mutex
	image string
}

// probeImage imports the image once for all tests.
func probeImage(t testing.TB, r *Runtime) string {
	t.Helper()
	probe.Lock()
	defer probe.Unlock()
	if probe.image != "" {
		return probe.image
	}
	probe.image = importImage(t, r, fmt.Sprintf("thv-test-probe:p%d", os.Getpid()),
		[]string{`ENTRYPOINT ["/probe"]`, `ENV FROM_IMAGE=1`})
	return probe.image
}

// importImage makes an image of the probe, without a registry.
func importImage(t testing.TB, r *Runtime, name string, changes []string) string {
	t.Helper()
	answer, err := r.api.ImageImport(t.Context(), image.ImportSource{Source: archive(t), SourceName: "-"}, name,
		image.ImportOptions{Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer); err != nil {
		t.Fatal(err)
	}
	_ = answer.Close()
	return name
}

func archive(t testing.TB) io.Reader {
	t.Helper()
	program := filepath.Join(t.TempDir(), "probe")
	build := exec.Command("go", "build", "-o", program, "testdata/probe/main.go")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOWORK=off")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	passwd := "root:x:0:0::/:\napp:x:1234:1234::/:\n"
	for _, f := range []struct {
		name string
		mode int64
		data []byte
	}{{"probe", 0o755, data}, {"plain", 0o644, data}, {"etc/passwd", 0o644, []byte(passwd)}, {"app/script", 0o755, []byte("no program")}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	// The shell of an ENTRYPOINT in its other form.
	if err := w.WriteHeader(&tar.Header{Name: "bin/sh", Linkname: "probe", Typeflag: tar.TypeLink, Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// spec is a workload without a network that runs probe with args.
func spec(t testing.TB, image string, args ...string) workload.Spec {
	return workload.Spec{Image: image, Command: args, Network: "none", Pull: workload.PullNever, Labels: map[string]string{testLabel: t.Name()}}
}

func containers(t testing.TB, r *Runtime, name string) []string {
	t.Helper()
	list, err := r.api.ContainerList(context.Background(), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", testLabel+"="+name)),
	})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, c := range list {
		left = append(left, c.ID[:12]+" "+c.State)
	}
	return left
}

// volumes are those of the test; on Podman, which gives a container's own volume no
// labels, all that there are.
func volumes(t testing.TB, r *Runtime, name string) []string {
	t.Helper()
	var options volume.ListOptions
	if !r.isPodman() {
		options.Filters = filters.NewArgs(filters.Arg("label", testLabel+"="+name))
	}
	list, err := r.api.VolumeList(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, v := range list.Volumes {
		left = append(left, v.Name)
	}
	return left
}

var built struct {
	sync.Mutex
	program []byte
}

// initProgram builds the init once for all tests.
func initProgram(t testing.TB) func(string) ([]byte, error) {
	return func(arch string) ([]byte, error) {
		built.Lock()
		defer built.Unlock()
		if built.program != nil {
			return built.program, nil
		}
		path := filepath.Join(t.TempDir(), "thv-init")
		build := exec.Command("go", "build", "-C", filepath.Join("..", "..", "apps", "cli"), "-ldflags", "-s -w", "-o", path, "./cmd/thv-init")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOWORK=off")
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, output)
		}
		var err error
		built.program, err = os.ReadFile(path)
		return built.program, err
	}
}

type result struct {
	out, err string
	status   int
}

// run runs s to its end.
func run(t *testing.T, r *Runtime, s workload.Spec, in io.Reader) result {
	t.Helper()
	var out, errs bytes.Buffer
	p, err := r.Start(t.Context(), s, workload.Environment{}, workload.Streams{In: in, Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), status}
}

// sink collects output that is looked at while it grows.
type sink struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.String()
}

func (s *sink) await(t *testing.T, text string) {
	t.Helper()
	if !poll(func() bool { return strings.Contains(s.String(), text) }) {
		t.Fatalf("got %q, want %q in it", s.String(), text)
	}
}

func debugLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
