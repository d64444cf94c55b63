package run

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/docker/go-units"
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// defaultPort is where an HTTP server listens that is told nothing else.
const defaultPort = 8080

// container is the options that become a workload.Spec, apart from its
// environment.
type container struct {
	name, group, transport, network, workdir, user, memory, pull, delivery, restart string

	port, targetPort         int
	publish, volumes, labels []string
	cpus                     float64
	readOnly                 bool
	changes                  changes
}

func (c *container) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.name, "name", "", "the container's name, and the one that the run is saved under (default for the latter: the server's or the image's)")
	flags.StringVar(&c.transport, "transport", "", "how MCP is spoken: stdio, sse or streamable-http (default: the registry's, else stdio)")
	flags.IntVar(&c.port, "port", 0, "port on this machine for sse and streamable-http (default: --target-port)")
	flags.IntVar(&c.targetPort, "target-port", 0, "port in the container for sse and streamable-http (default: the registry's, else 8080)")
	flags.StringArrayVarP(&c.publish, "publish", "p", nil, "publish a port: `[[ADDRESS:]HOSTPORT:]PORT[/udp]`, on 127.0.0.1 where no address is given")
	flags.StringArrayVarP(&c.volumes, "volume", "v", nil, "mount a directory or volume: `HOST:CONTAINER[:ro]`, or other options of docker's")
	flags.StringVar(&c.network, "network", "", "the container's network: none, host or a network's name")
	flags.StringVar(&c.group, "group", "", "the `name` of a group, kept as the label "+workload.LabelGroup+"; thv list --group lists it")
	flags.StringArrayVarP(&c.labels, "label", "l", nil, "label the container: `KEY[=VALUE]`")
	flags.StringVar(&c.workdir, "workdir", "", "the working `folder` in the container")
	flags.StringVar(&c.user, "user", "", "the user in the container: `UID[:GID]` or a name")
	flags.StringVar(&c.memory, "memory", "", "limit of memory, as in 512m")
	flags.Float64Var(&c.cpus, "cpus", 0, "limit of processors, as in 1.5")
	flags.StringVar(&c.restart, "restart", "", "with -d, when the workload is started again after its end: no, on-failure (default) or always")
	flags.BoolVar(&c.readOnly, "read-only", false, "make the image's files read-only; volumes and the files of secrets are not")
	flags.StringVar(&c.delivery, "delivery", "", "how variables reach the container: env, in its configuration (the default), or sealed, past it")
	flags.StringVar(&c.pull, "pull", "missing", "when to pull the image: missing, always or never")
	c.changes.register(flags)
}

// adopt fills in from a registry's entry what no flag says.
func (c *container) adopt(s registry.Server) {
	if c.transport == "" {
		c.transport = s.Transport
	}
	if c.transport != workload.TransportStdio && s.Transport != workload.TransportStdio && c.targetPort == 0 {
		c.targetPort = s.TargetPort
	}
}

func (c *container) spec(image string, args []string) (workload.Spec, error) {
	memory, err := c.bytes()
	if err != nil {
		return workload.Spec{}, err
	}
	labels, err := pairs(c.labels)
	if err != nil {
		return workload.Spec{}, err
	}
	if c.group != "" {
		labels[workload.LabelGroup] = c.group
	}
	spec := workload.Spec{
		SchemaVersion: workload.SchemaVersion,
		Name:          c.name, Image: image, Command: args,
		Transport: c.transport, Port: c.port, TargetPort: c.targetPort,
		Publish: c.publish, Volumes: c.volumes, Network: c.network, Labels: labels,
		Workdir: c.workdir, User: c.user, Memory: memory, CPUs: c.cpus, Pull: c.pull, Restart: c.restart,
		ReadOnly: c.readOnly, Delivery: c.delivery,
	}
	if spec.Transport == "" {
		spec.Transport = workload.TransportStdio
	}
	if err := c.changes.describe(&spec); err != nil {
		return workload.Spec{}, err
	}
	return spec, asOptions(complete(&spec))
}

// complete makes paths absolute, fills in the ports of a transport that has them, and
// checks all that spec says, as for every other way to start it.
func complete(spec *workload.Spec) (err error) {
	if spec.Volumes, err = absolute(spec.Volumes); err != nil {
		return err
	}
	if overHTTP(spec.Transport) {
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

// asOptions names the option in the place of the field that err is about.
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

func overHTTP(transport string) bool {
	return transport == workload.TransportSSE || transport == workload.TransportStreamableHTTP
}

// URL is where an HTTP server is to answer; empty for stdio, and on a network that
// nothing here reaches.
func URL(spec workload.Spec) string {
	if spec.Network == "none" || strings.HasPrefix(spec.Network, "container:") {
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

func (c *container) bytes() (int64, error) {
	if c.memory == "" {
		return 0, nil
	}
	n, err := units.RAMInBytes(c.memory)
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
