package docker

import (
	"errors"
	"math"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/workload"
)

// The values of Spec.Pull; an empty one is pullMissing.
const (
	pullMissing = "missing"
	pullAlways  = "always"
	pullNever   = "never"
)

var (
	namePattern    = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
	networkPattern = regexp.MustCompile(`^(container:)?[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)
)

// plan is a Spec in the Engine's terms.
type plan struct {
	name, pull string
	image      reference.Reference
	config     *container.Config
	host       *container.HostConfig
	volumes    []workload.Volume
	// environment is what becomes part of the container's configuration.
	environment []string
}

// newPlan reads spec and answers all that is wrong with it at once. It calls
// nobody.
func newPlan(spec workload.Spec, streams workload.Streams) (plan, error) {
	image, err := parseImage(spec.Image, spec.Pull)
	faults := []error{err, checkStreams(streams), checkNames(spec), checkPlace(spec), checkLimits(spec)}
	volumes, err := parseVolumes(spec.Volumes)
	faults = append(faults, err)
	ports, err := parsePorts(spec)
	faults = append(faults, err)
	if err := errors.Join(faults...); err != nil {
		return plan{}, err
	}
	p := plan{name: spec.Name, pull: spec.Pull, image: image, config: containerConfig(spec, streams)}
	if p.pull == "" {
		p.pull = pullMissing
	}
	p.config.ExposedPorts = ports.exposed
	p.host = hostConfig(spec, streams)
	p.volumes = volumes
	p.mount()
	p.host.PortBindings = ports.bindings
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

// parseImage accepts a name with a tag or digest, and an image's ID.
func parseImage(image, pull string) (reference.Reference, error) {
	if image == "" {
		return nil, invalid("image", "a container needs one")
	}
	ref, err := reference.ParseAnyReference(image)
	if err != nil {
		return nil, invalid("image", "%q is no image reference ([REGISTRY/]NAME[:TAG][@DIGEST], in lower case)", image)
	}
	if _, named := ref.(reference.Named); !named && pull == pullAlways {
		return nil, invalid("pull", "an image's ID cannot be pulled")
	}
	return ref, nil
}

func checkStreams(streams workload.Streams) error {
	if streams.Out == nil || streams.Err == nil {
		return invalid("streams", "standard output and error must be connected")
	}
	return nil
}

func checkNames(spec workload.Spec) error {
	var faults []error
	if spec.Name != "" && !namePattern.MatchString(spec.Name) {
		faults = append(faults, invalid("name", "%q is not made of two or more of [a-zA-Z0-9_.-], beginning with a letter or digit", spec.Name))
	}
	if spec.Network != "" && !networkPattern.MatchString(spec.Network) {
		faults = append(faults, invalid("network", "%q is no network's name", spec.Network))
	}
	for key, value := range spec.Labels {
		if key == "" || !clean(key) || strings.ContainsRune(value, 0) {
			faults = append(faults, invalid("container_labels", "a label with the name %q cannot be", key))
		}
	}
	switch spec.Pull {
	case "", pullMissing, pullAlways, pullNever:
	default:
		faults = append(faults, invalid("pull", "%q is none of missing, always, never", spec.Pull))
	}
	return errors.Join(faults...)
}

func checkPlace(spec workload.Spec) error {
	var faults []error
	for i, argument := range spec.Command {
		if strings.ContainsRune(argument, 0) {
			faults = append(faults, invalid("cmd_args", "argument %d holds a NUL byte", i+1))
		}
	}
	if spec.Workdir != "" && (!path.IsAbs(spec.Workdir) || !clean(spec.Workdir)) {
		faults = append(faults, invalid("workdir", "%q is no absolute path", spec.Workdir))
	}
	user, group, hasGroup := strings.Cut(spec.User, ":")
	if spec.User != "" && (!word(user) || hasGroup && !word(group)) {
		faults = append(faults, invalid("user", "%q is not UID[:GID] or NAME[:GROUP]", spec.User))
	}
	return errors.Join(faults...)
}

func checkLimits(spec workload.Spec) error {
	var faults []error
	if spec.Memory < 0 {
		faults = append(faults, invalid("memory", "%d bytes is less than nothing", spec.Memory))
	}
	// Written so that it is false for NaN; the bound keeps the conversion to
	// billionths whole.
	if spec.CPUs != 0 && !(spec.CPUs >= 0.01 && spec.CPUs <= 1e6) {
		faults = append(faults, invalid("cpus", "%v is not a number of processors from 0.01 to 1000000", spec.CPUs))
	}
	return errors.Join(faults...)
}

// word reports whether s can be one part of a user: not empty, no space.
func word(s string) bool {
	return s != "" && clean(s) && !strings.ContainsAny(s, ": ")
}

func clean(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }
