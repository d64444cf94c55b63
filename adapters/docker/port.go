package docker

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-connections/nat"

	"github.com/thv-secrets/thv/core/workload"
)

const loopback = "127.0.0.1"

type ports struct {
	exposed  nat.PortSet
	bindings nat.PortMap
}

// parsePorts reads Publish, and Port with TargetPort, which are published on
// the loopback address. On a network that publishes nothing (host, none,
// another container's) Publish is an error; there a server is reached at its
// TargetPort or not at all.
func parsePorts(spec workload.Spec) (ports, error) {
	p := ports{exposed: nat.PortSet{}, bindings: nat.PortMap{}}
	own := spec.Network == "host" || spec.Network == "none" || strings.HasPrefix(spec.Network, "container:")
	if own && len(spec.Publish) > 0 {
		return ports{}, invalid("publish", "nothing can be published on the network %s", spec.Network)
	}
	var faults []error
	for _, text := range spec.Publish {
		port, binding, err := parsePublish(text)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, p.add(port, binding))
	}
	faults = append(faults, p.addTarget(spec, own))
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

func (p ports) addTarget(spec workload.Spec, own bool) error {
	for _, port := range []int{spec.Port, spec.TargetPort} {
		if port < 0 || port > 65535 {
			return invalid("port", "%d is no port", port)
		}
	}
	target := spec.TargetPort
	if target == 0 {
		target = spec.Port
	}
	if target == 0 || own {
		return nil
	}
	port := nat.Port(strconv.Itoa(target) + "/tcp")
	return p.add(port, nat.PortBinding{HostIP: loopback, HostPort: strconv.Itoa(spec.Port)})
}

// parsePublish reads [[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp]. Without a
// host port, or with 0, the Engine chooses one.
func parsePublish(text string) (nat.Port, nat.PortBinding, error) {
	fault := func(reason string) (nat.Port, nat.PortBinding, error) {
		return "", nat.PortBinding{}, invalid("publish", "%q: %s ([[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp])", text, reason)
	}
	rest, proto, found := strings.Cut(text, "/")
	if !found {
		proto = "tcp"
	}
	if proto != "tcp" && proto != "udp" {
		return fault("the protocol is tcp or udp")
	}
	binding := nat.PortBinding{HostIP: loopback, HostPort: "0"}
	target := rest
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		target, rest = rest[i+1:], rest[:i]
		address, port, hasAddress := cutLast(rest)
		if hasAddress {
			ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(address, "["), "]"))
			if err != nil {
				return fault("the address is no IP address")
			}
			binding.HostIP = ip.String()
		}
		if port != "" && !isPort(port, 0) {
			return fault("the host port is no single port")
		}
		if port != "" {
			binding.HostPort = port
		}
	}
	if !isPort(target, 1) {
		return fault("the container's port is no single port")
	}
	return nat.Port(target + "/" + proto), binding, nil
}

// cutLast splits ADDRESS:PORT at its last colon; a text without one is a port.
func cutLast(s string) (address, port string, hasAddress bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

func isPort(s string, least int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= least && n <= 65535 && s == strconv.Itoa(n)
}
