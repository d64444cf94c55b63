package docker

import (
	"errors"
	"math"
	"regexp"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/workload"
)

// namePattern matches the name of a container.
var namePattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

// plan is a Spec in the Engine's terms.
type plan struct {
	name, pull string
	image      reference.Reference
	config     *container.Config
	host       *container.HostConfig
	volumes    []workload.Volume
	// environment has the variables in the container's configuration.
	environment []string
}

// newPlan converts spec, and returns all its mistakes together. It makes no call.
func newPlan(spec workload.Spec, streams workload.Streams) (plan, error) {
	if err := errors.Join(spec.Validate(), checkStreams(streams), checkName(spec.Name)); err != nil {
		return plan{}, err
	}
	p := plan{name: spec.Name, config: containerConfig(spec, streams), host: hostConfig(spec, streams)}
	image, err := reference.ParseAnyReference(spec.Image)
	if err != nil {
		err = invalid("image", "the engine does not take it: %v", err)
	}
	pull, pullErr := workload.ParsePullPolicy(spec.Pull)
	volumes, volumesErr := parseVolumes(spec.Volumes)
	ports, portsErr := parsePorts(spec)
	if err := errors.Join(err, pullErr, volumesErr, portsErr); err != nil {
		return plan{}, err
	}
	p.image, p.pull, p.volumes = image, string(pull), volumes
	p.config.ExposedPorts, p.host.PortBindings = ports.exposed, ports.bindings
	p.mount()
	return p, nil
}

func containerConfig(spec workload.Spec, streams workload.Streams) *container.Config {
	return &container.Config{
		Image:        spec.Image,
		Cmd:          spec.Command,
		User:         spec.User,
		WorkingDir:   spec.Workdir,
		Labels:       spec.Labels,
		Tty:          streams.Terminal,
		AttachStdin:  streams.In != nil,
		AttachStdout: true,
		AttachStderr: true,
		OpenStdin:    streams.In != nil,
		StdinOnce:    streams.In != nil,
	}
}

func hostConfig(spec workload.Spec, streams workload.Streams) *container.HostConfig {
	h := &container.HostConfig{
		AutoRemove:     true,
		ReadonlyRootfs: spec.ReadOnly,
		NetworkMode:    container.NetworkMode(spec.Network),
		SecurityOpt:    []string{"no-new-privileges"},
		LogConfig:      container.LogConfig{Type: "none"},
		Resources: container.Resources{
			Memory:   spec.Memory,
			NanoCPUs: int64(math.Round(spec.CPUs * 1e9)),
		},
	}
	if streams.Terminal {
		h.ConsoleSize = [2]uint{uint(streams.Size.Rows), uint(streams.Size.Columns)}
	}
	return h
}

func checkStreams(streams workload.Streams) error {
	if streams.Out == nil || streams.Err == nil {
		return invalid("streams", "standard output and error must be connected")
	}
	return nil
}

func checkName(name string) error {
	if name != "" && !namePattern.MatchString(name) {
		return invalid("name", "%q is not made of two or more of [a-zA-Z0-9_.-], beginning with a letter or digit", name)
	}
	return nil
}
