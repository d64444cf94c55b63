package workload

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// Publish is a parsed entry of [Spec.Publish].
type Publish struct {
	// Address is the address on this machine. The default is 127.0.0.1.
	Address netip.Addr
	// HostPort is zero if the runtime chooses the port.
	HostPort, Port int
	// Protocol is tcp or udp.
	Protocol string
}

// loopback is the default address of a published port.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// ParsePublish parses [[ADDRESS:]HOSTPORT:]PORT[/tcp|/udp]. It is the only parser of
// published ports, so that exactly the port that was consented to is published. The error
// does not repeat text.
func ParsePublish(text string) (Publish, error) {
	ports, protocol, found := strings.Cut(text, "/")
	if !found {
		protocol = "tcp"
	}
	if protocol != "tcp" && protocol != "udp" {
		return Publish{}, errPublish("the protocol is tcp or udp")
	}
	p := Publish{Address: loopback, Protocol: protocol}
	host, target := "", ports
	if i := strings.LastIndexByte(ports, ':'); i >= 0 {
		host, target = ports[:i], ports[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host[:i], "["), "]"))
		if err != nil {
			return Publish{}, errPublish("the address is not an IP address")
		}
		p.Address, host = address, host[i+1:]
	}
	var ok bool
	if p.HostPort, ok = port(host, 0); !ok && host != "" {
		return Publish{}, errPublish("the host port is not a single port")
	}
	if p.Port, ok = port(target, 1); !ok {
		return Publish{}, errPublish("the container's port is not a single port")
	}
	return p, nil
}

func errPublish(reason string) error {
	return errors.New("it is not [[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp]: " + reason)
}

// OnLoopback reports whether the port can be reached only from this machine.
func (p Publish) OnLoopback() bool { return p.Address.Unmap().IsLoopback() }

func port(text string, least int) (int, bool) {
	n, err := strconv.Atoi(text)
	ok := err == nil && n >= least && n <= 65535 && text == strconv.Itoa(n)
	return n, ok
}
