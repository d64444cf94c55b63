package workload

import (
	"errors"
	"strings"
)

// Network is a parsed Spec.Network.
type Network struct {
	// Name is host, none or a network's name; empty is the engine's default, and empty
	// beside Container.
	Name string
	// Container is the name of the container whose network is shared.
	Container string
}

var namePattern = lazily(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// ParseNetwork reads a Spec.Network: nothing, host, none, a network's name, or
// container:NAME. It is the only reader of a network: the network that is consented to is
// the one that is joined. The error does not repeat text.
func ParseNetwork(text string) (Network, error) {
	if text == "" {
		return Network{}, nil
	}
	name, shared := strings.CutPrefix(text, "container:")
	if !namePattern().MatchString(name) {
		return Network{}, errors.New("it is not a network's name")
	}
	if shared {
		return Network{Container: name}, nil
	}
	return Network{Name: name}, nil
}

// String returns what ParseNetwork reads as n.
func (n Network) String() string {
	if n.Container != "" {
		return "container:" + n.Container
	}
	return n.Name
}

// Usual reports whether n is what every container has unless it is told otherwise.
func (n Network) Usual() bool {
	return n.Container == "" && (n.Name == "" || n.Name == "bridge" || n.Name == "default")
}

// Unreached reports whether no port of a workload on n can be reached from this machine
// by a port of its own.
func (n Network) Unreached() bool { return n.Container != "" || n.Name == "none" }

// Publishes reports whether ports can be published on n.
func (n Network) Publishes() bool { return !n.Unreached() && n.Name != "host" }
