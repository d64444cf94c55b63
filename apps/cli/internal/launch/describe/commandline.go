package describe

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/docker/go-units"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// defaultPort is the default port of an HTTP server in the container.
const defaultPort = 8080

// CommandLine is a container as the arguments and options of thv run describe it. The zero
// value of a field is an option that is not given.
type CommandLine struct {
	// Image is an image, or the name of a registry's server unless IsImage is set.
	Image   string
	Args    []string
	IsImage bool
	// Registry is the path of a registry to look in instead of the configured one.
	Registry string

	Name, Group, Transport, Network, Workdir, User, Memory, Pull, Delivery, Restart string

	Port, TargetPort         int
	Publish, Volumes, Labels []string
	CPUs                     float64
	ReadOnly                 bool
	Changes                  Changes
	Environment              Environment
}

// Check returns a usage error for what goes only with a detached workload.
func (c *CommandLine) Check(detached bool) error {
	if !detached && c.Restart != "" {
		return secret.Usagef("--restart goes with -d: in the foreground the workload's end is the command's")
	}
	return c.Changes.check(detached)
}

// CommandLine returns the Plan of c. A name that the registry does not have is
// secret.ErrNotFound, and is not taken for an image.
func (d Describer) CommandLine(ctx context.Context, c CommandLine, detached bool) (Plan, error) {
	options := c.Environment.PrepareOptions()
	options.Once = !detached
	var err error
	if options.Entry, err = d.lookUp(ctx, &c); err != nil {
		return Plan{}, err
	}
	spec, err := c.spec()
	if err != nil {
		return Plan{}, err
	}
	if err := c.Environment.Describe(&spec); err != nil {
		return Plan{}, err
	}
	if err := absoluteFiles(&spec); err != nil {
		return Plan{}, err
	}
	spec.Requirements = options.Entry.Requirements
	return Plan{Spec: spec, Prepare: options}, nil
}

// adopt sets the fields that no flag sets from a registry's entry.
func (c *CommandLine) adopt(s registry.Server) {
	if c.Transport == "" {
		c.Transport = s.Transport
	}
	if c.Transport != workload.TransportStdio && s.Transport != workload.TransportStdio && c.TargetPort == 0 {
		c.TargetPort = s.TargetPort
	}
}

func (c *CommandLine) spec() (workload.Spec, error) {
	memory, err := c.bytes()
	if err != nil {
		return workload.Spec{}, err
	}
	labels, err := pairs(c.Labels)
	if err != nil {
		return workload.Spec{}, err
	}
	if c.Group != "" {
		labels[workload.LabelGroup] = c.Group
	}
	spec := workload.Spec{
		SchemaVersion: workload.SchemaVersion,
		Name:          c.Name, Image: c.Image, Command: c.Args,
		Transport: c.Transport, Port: c.Port, TargetPort: c.TargetPort,
		Publish: c.Publish, Volumes: c.Volumes, Network: c.Network, Labels: labels,
		Workdir: c.Workdir, User: c.User, Memory: memory, CPUs: c.CPUs, Pull: c.Pull, Restart: c.Restart,
		ReadOnly: c.ReadOnly, Delivery: c.Delivery,
	}
	if spec.Transport == "" {
		spec.Transport = workload.TransportStdio
	}
	if err := c.Changes.describe(&spec); err != nil {
		return workload.Spec{}, err
	}
	return spec, asOptions(complete(&spec))
}

// complete makes paths absolute, sets the default ports of the transport, and validates spec.
func complete(spec *workload.Spec) (err error) {
	if spec.Volumes, err = absolute(spec.Volumes); err != nil {
		return err
	}
	if workload.Transport(spec.Transport).HTTP() {
		if spec.TargetPort == 0 {
			spec.TargetPort = defaultPort
		}
		if spec.Port == 0 || spec.Network == "host" {
			spec.Port = spec.TargetPort
		}
	}
	if spec.Name != "" {
		if err := runconfig.CheckName(spec.Name); err != nil {
			return err
		}
	}
	if err := spec.Validate(); err != nil {
		return &secret.UsageError{Err: err}
	}
	return nil
}

// flagOf are the options by the fields that they set.
var flagOf = map[string]string{
	"image": "IMAGE", "transport": "--transport", "pull": "--pull", "restart_policy": "--restart", "delivery": "--delivery",
	"memory": "--memory", "cpus": "--cpus", "workdir": "--workdir", "user": "--user", "container_labels": "--label",
	"volumes": "--volume", "network": "--network", "publish": "--publish", "port": "--port", "target_port": "--target-port",
	"cmd_args": "argument",
}

// asOptions returns err with the name of the option instead of the field.
func asOptions(err error) error {
	var fault *workload.FieldError
	if !errors.As(err, &fault) || flagOf[fault.Field] == "" {
		return err
	}
	what := flagOf[fault.Field]
	if fault.Entry > 0 {
		what = fmt.Sprintf("%s %d", what, fault.Entry)
	}
	return secret.Usagef("%s %s", what, strings.TrimPrefix(fault.Err.Error(), "it "))
}

// URL returns the address at which the HTTP server of spec responds; empty for stdio, and
// on a network that is not reached from this machine.
func URL(spec workload.Spec) string {
	if network, err := workload.ParseNetwork(spec.Network); err != nil || network.Unreached() {
		return ""
	}
	switch spec.Transport {
	case workload.TransportSSE:
		return fmt.Sprintf("http://127.0.0.1:%d/sse", spec.Port)
	case workload.TransportStreamableHTTP:
		return fmt.Sprintf("http://127.0.0.1:%d/mcp", spec.Port)
	}
	return ""
}

func (c *CommandLine) bytes() (int64, error) {
	if c.Memory == "" {
		return 0, nil
	}
	n, err := units.RAMInBytes(c.Memory)
	if err != nil || n <= 0 {
		return 0, secret.Usagef("--memory is a size such as 512m or 2g")
	}
	return n, nil
}

func pairs(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for i, text := range texts {
		key, value, _ := strings.Cut(text, "=")
		if key == "" {
			return nil, secret.Usagef("--label %d has no key; write KEY=VALUE", i+1)
		}
		labels[key] = value
	}
	return labels, nil
}

// absolute makes the host paths of volumes absolute. A source without a path
// separator that does not begin with a dot is a volume's name.
func absolute(volumes []string) ([]string, error) {
	var made []string
	for i, volume := range volumes {
		source, rest, found := workload.CutVolume(volume)
		if !found {
			return nil, secret.Usagef("--volume %d is not HOST:CONTAINER[:OPTION,…]", i+1)
		}
		if strings.HasPrefix(source, ".") || strings.ContainsAny(source, `/\`) {
			path, err := filepath.Abs(source)
			if err != nil {
				return nil, secret.Usagef("--volume %d: %w", i+1, err)
			}
			source = path
		}
		made = append(made, source+":"+rest)
	}
	return made, nil
}
