package docker

import (
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/thv-secrets/thv/core/workload"
)

// BenchmarkRun does a whole run of a local image by this package, and the same
// by the Engine calls that are needed, one after the other, in turns. It
// reports the medians and their ratio, which a busy machine disturbs least.
func BenchmarkRun(b *testing.B) {
	r, image := engine(b, Config{})
	api, err := client.NewClientWithOpts(client.WithHost(os.Getenv("THV_TEST_DOCKER_HOST")), client.WithAPIVersionNegotiation())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = api.Close() }()
	var ours, floor []time.Duration
	for b.Loop() {
		began := time.Now()
		whole(b, r, image)
		middle := time.Now()
		direct(b, api, image)
		ours, floor = append(ours, middle.Sub(began)), append(floor, time.Since(middle))
	}
	b.ReportMetric(float64(median(ours).Microseconds())/1e3, "run-ms")
	b.ReportMetric(float64(median(floor).Microseconds())/1e3, "direct-ms")
	b.ReportMetric(float64(median(ours))/float64(median(floor)), "ratio")
}

// BenchmarkDelivery does whole runs with each delivery, in turns.
func BenchmarkDelivery(b *testing.B) {
	r, image := engine(b, Config{})
	environment := given(b)
	files := given(b, "/run/secrets/a")
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, e := range map[string]workload.Environment{"env": environment, "sealed": environment, "file": files} {
			s := spec(b, image, "exit", "0")
			if name == "sealed" {
				s.Delivery = workload.DeliverySealed
			}
			began := time.Now()
			runIn(b, r, s, e, nil)
			took[name] = append(took[name], time.Since(began))
		}
	}
	for name, times := range took {
		b.ReportMetric(float64(median(times).Microseconds())/1e3, name+"-ms")
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func whole(b *testing.B, r *Runtime, image string) {
	p, err := r.Start(b.Context(), spec(b, image, "exit", "0"), workload.Environment{}, discard)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func direct(b *testing.B, api *client.Client, image string) {
	on := true
	made, err := api.ContainerCreate(b.Context(),
		&container.Config{Image: image, Cmd: []string{"exit", "0"}, AttachStdout: true, AttachStderr: true},
		&container.HostConfig{NetworkMode: "none", Init: &on, LogConfig: container.LogConfig{Type: "none"}}, nil, nil, "")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := api.ContainerAttach(b.Context(), made.ID, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := api.ContainerStart(b.Context(), made.ID, container.StartOptions{}); err != nil {
		b.Fatal(err)
	}
	if _, err := stdcopy.StdCopy(io.Discard, io.Discard, conn.Reader); err != nil {
		b.Fatal(err)
	}
	conn.Close()
	results, faults := api.ContainerWait(b.Context(), made.ID, container.WaitConditionNotRunning)
	select {
	case <-results:
	case err := <-faults:
		b.Fatal(err)
	}
	if err := api.ContainerRemove(b.Context(), made.ID, container.RemoveOptions{}); err != nil {
		b.Fatal(err)
	}
}
