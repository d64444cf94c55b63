package docker

import (
	"errors"
	"slices"
	"strconv"

	"github.com/docker/go-connections/nat"

	"github.com/thv-secrets/thv/core/workload"
)

const loopback = "127.0.0.1"

type ports struct {
	exposed  nat.PortSet
	bindings nat.PortMap
}

// parsePorts parses Publish, and Port with TargetPort, which are published on the loopback
// address. On a network without published ports (host, none, another container's) a server
// is reached at its TargetPort or not at all.
func parsePorts(spec workload.Spec) (ports, error) {
	p := ports{exposed: nat.PortSet{}, bindings: nat.PortMap{}}
	network, err := workload.ParseNetwork(spec.Network)
	faults := []error{err}
	for _, text := range spec.Publish {
		port, binding, err := parsePublish(text)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, p.add(port, binding))
	}
	if network.Publishes() {
		faults = append(faults, p.addTarget(spec))
	}
	return p, errors.Join(faults...)
}

func (p ports) add(port nat.Port, binding nat.PortBinding) error {
	for other, bindings := range p.bindings {
		if binding.HostPort != "0" && other.Proto() == port.Proto() && slices.Contains(bindings, binding) {
			return invalid("publish", "host port %s twice", binding.HostPort)
		}
	}
	p.exposed[port] = struct{}{}
	p.bindings[port] = append(p.bindings[port], binding)
	return nil
}

func (p ports) addTarget(spec workload.Spec) error {
	target := spec.TargetPort
	if target == 0 {
		target = spec.Port
	}
	if target == 0 {
		return nil
	}
	port := nat.Port(strconv.Itoa(target) + "/tcp")
	return p.add(port, nat.PortBinding{HostIP: loopback, HostPort: strconv.Itoa(spec.Port)})
}

// parsePublish converts the result of [workload.ParsePublish] to a binding. For the host port
// 0 the Engine chooses a port.
func parsePublish(text string) (nat.Port, nat.PortBinding, error) {
	p, err := workload.ParsePublish(text)
	if err != nil {
		return "", nat.PortBinding{}, invalid("publish", "%q: %v", text, err)
	}
	port := nat.Port(strconv.Itoa(p.Port) + "/" + p.Protocol)
	return port, nat.PortBinding{HostIP: p.Address.String(), HostPort: strconv.Itoa(p.HostPort)}, nil
}
