package docker

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"
	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/workload"
)

var discard = workload.Streams{Out: io.Discard, Err: io.Discard}

func TestPlan_EveryFieldReachesTheEngine(t *testing.T) {
	spec := workload.Spec{
		Name: "web", Image: "ghcr.io/a/b:1", Command: []string{"--serve"},
		Transport: workload.TransportSSE, Port: 8080, TargetPort: 80, Labels: map[string]string{"a": "b"},
		Volumes: []string{"/host:/data:ro", "named:/var/", `C:\x:/win`, "/s:/s:rslave,cached,ro", "n1:/n:nocopy", "/z:/z/:ro,Z,shared", "n2:/n2:U,nocopy"}, Publish: []string{"53/udp", "[::1]:99:9", "0.0.0.0:7:80"},
		Network: "net", Workdir: "/srv", User: "1:2", Memory: 5e6, CPUs: 1.5,
	}
	p, err := newPlan(spec, workload.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard,
		Terminal: true, Size: workload.Size{Columns: 80, Rows: 24}})
	if err != nil {
		t.Fatal(err)
	}
	config := &container.Config{
		Image: "ghcr.io/a/b:1", Cmd: []string{"--serve"}, User: "1:2", WorkingDir: "/srv", Labels: map[string]string{"a": "b"},
		Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true,
		ExposedPorts: nat.PortSet{"53/udp": {}, "9/tcp": {}, "80/tcp": {}},
	}
	host := &container.HostConfig{
		AutoRemove: true, NetworkMode: "net", SecurityOpt: []string{"no-new-privileges"},
		LogConfig: container.LogConfig{Type: "none"}, ConsoleSize: [2]uint{24, 80},
		Resources: container.Resources{Memory: 5e6, NanoCPUs: 15e8},
		Mounts: []mount.Mount{
			{Type: mount.TypeBind, Source: "/host", Target: "/data", ReadOnly: true},
			{Type: mount.TypeVolume, Source: "named", Target: "/var"},
			{Type: mount.TypeBind, Source: `C:\x`, Target: "/win"},
			{
				Type: mount.TypeBind, Source: "/s", Target: "/s", ReadOnly: true,
				Consistency: mount.ConsistencyCached, BindOptions: &mount.BindOptions{Propagation: mount.PropagationRSlave},
			},
		},
		Binds: []string{"n1:/n:nocopy", "/z:/z:ro,Z,shared", "n2:/n2:U,nocopy"},
		PortBindings: nat.PortMap{
			"53/udp": {{HostIP: "127.0.0.1", HostPort: "0"}},
			"9/tcp":  {{HostIP: "::1", HostPort: "99"}},
			"80/tcp": {{HostIP: "0.0.0.0", HostPort: "7"}, {HostIP: "127.0.0.1", HostPort: "8080"}},
		},
	}
	if diff := cmp.Diff(config, p.config); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(host, p.host); diff != "" {
		t.Error(diff)
	}
	if p.name != "web" || p.pull != workload.PullMissing {
		t.Error(p.name, p.pull)
	}
}

func TestPlan_RestartedNamesTheWorkloadAndNotItsContainer(t *testing.T) {
	for want, labels := range map[string]map[string]string{
		"web-2": nil,
		"web":   {workload.LabelName: "web"},
		"":      {workload.LabelName: "web", workload.LabelForeground: "id"},
	} {
		p, err := newPlan(workload.Spec{Image: "a", Name: "web-2", Labels: labels}, discard)
		if err != nil || p.restarted() != want {
			t.Errorf("%v: %q, %v", labels, p.restarted(), err)
		}
	}
}

func TestPlan_TargetPortIsNotPublishedWhereNothingCanBe(t *testing.T) {
	for _, network := range []string{"host", "none", "container:other"} {
		p, err := newPlan(workload.Spec{Image: "a", Transport: workload.TransportSSE, Port: 1, TargetPort: 2, Network: network}, discard)
		if err != nil || len(p.host.PortBindings) > 0 {
			t.Error(network, err)
		}
	}
}

func TestPlan_BadFieldsAreNamed(t *testing.T) {
	const canary = "SECRET-VALUE"
	tests := []struct {
		field  string
		change func(*workload.Spec)
	}{
		{"image", func(s *workload.Spec) { s.Image = "" }},
		{"image", func(s *workload.Spec) { s.Image = "Upper/Case" }},
		{"image", func(s *workload.Spec) { s.Image = "a b" }},
		{"image", func(s *workload.Spec) { s.Image = "-flag" }},
		{"pull", func(s *workload.Spec) { s.Image, s.Pull = strings.Repeat("a1", 32), "always" }},
		{"pull", func(s *workload.Spec) { s.Pull = "sometimes" }},
		{"name", func(s *workload.Spec) { s.Name = "a/b" }},
		{"name", func(s *workload.Spec) { s.Name = "a" }},
		{"network", func(s *workload.Spec) { s.Network = "a b" }},
		{"container_labels", func(s *workload.Spec) { s.Labels = map[string]string{"": "b"} }},
		{"cmd_args", func(s *workload.Spec) { s.Command = []string{"a", canary + "\x00"} }},
		{"workdir", func(s *workload.Spec) { s.Workdir = "relative" }},
		{"user", func(s *workload.Spec) { s.User = "a:" }},
		{"user", func(s *workload.Spec) { s.User = "a:b:c" }},
		{"user", func(s *workload.Spec) { s.User = "a b" }},
		{"memory", func(s *workload.Spec) { s.Memory = -1 }},
		{"cpus", func(s *workload.Spec) { s.CPUs = math.NaN() }},
		{"cpus", func(s *workload.Spec) { s.CPUs = -1 }},
		{"cpus", func(s *workload.Spec) { s.CPUs = 1e-10 }},
		{"cpus", func(s *workload.Spec) { s.CPUs = math.Inf(1) }},
		{"port", func(s *workload.Spec) { s.Port = 65536 }},
		{"port", func(s *workload.Spec) { s.TargetPort = -1 }},
		{"publish", func(s *workload.Spec) { s.Publish = []string{"80"}; s.Network = "none" }},
		{"publish", func(s *workload.Spec) { s.Publish = []string{"8080:80", "8080:81"} }},
		{"volumes", func(s *workload.Spec) { s.Volumes = []string{"/a:/x", "/b:/x/"} }},
	}
	for _, bad := range []string{"", "a", "80-81", "0", "080", "1:2:3:4", "1-2:80", "80/sctp", "host:1:80", "70000:80", ":", "1.2.3.4:1:", "+1"} {
		tests = append(tests, struct {
			field  string
			change func(*workload.Spec)
		}{"publish", func(s *workload.Spec) { s.Publish = []string{bad} }})
	}
	for _, bad := range []string{"", "/a", "/a:b", "./a:/b", "a/b:/c", ":/b", "/a:/b:rx", "/a:/", "../a:/b", "/a:/b\n", "/a:b:/c:z"} {
		tests = append(tests, struct {
			field  string
			change func(*workload.Spec)
		}{"volumes", func(s *workload.Spec) { s.Volumes = []string{bad} }})
	}
	for _, test := range tests {
		s := workload.Spec{Image: "a", EnvVars: map[string]string{"A": canary}}
		test.change(&s)
		_, err := newPlan(s, discard)
		if !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), test.field) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s %+v: %v", test.field, s, err)
		}
	}
}

func TestPlan_AllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, err := newPlan(workload.Spec{Image: "A", Name: "/", Publish: []string{"x", "y"}, Memory: -1}, workload.Streams{})
	for _, part := range []string{"image", "name", "publish[0]", "publish[1]", "memory", "streams"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s is not in: %v", part, err)
		}
	}
}

func TestPlan_GoodImages(t *testing.T) {
	for _, image := range []string{"a", "localhost:5000/a/b:1.2", "a@sha256:" + strings.Repeat("0a", 32), "sha256:" + strings.Repeat("0a", 32), strings.Repeat("0a", 32)} {
		if _, err := newPlan(workload.Spec{Image: image}, discard); err != nil {
			t.Error(err)
		}
	}
}
