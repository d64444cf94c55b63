package workload

import (
	"errors"
	"strings"
)

// Network is a parsed [Spec.Network].
type Network struct {
	// Name is host, none or the name of a network. If Name and Container are empty, it is
	// the engine's default.
	Name string
	// Container is the name of the container whose network is shared.
	Container string
}

var namePattern = lazily(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// ParseNetwork parses a [Spec.Network]: empty, host, none, the name of a network, or
// container:NAME. It is the only parser of networks, so that a workload joins exactly the
// network that was consented to. The error does not repeat text.
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

// String returns the text that [ParseNetwork] parses as n.
func (n Network) String() string {
	if n.Container != "" {
		return "container:" + n.Container
	}
	return n.Name
}

// Usual reports whether n is the default network of containers.
func (n Network) Usual() bool {
	return n.Container == "" && (n.Name == "" || n.Name == "bridge" || n.Name == "default")
}

// Unreached reports whether a workload on n cannot have a port on this machine.
func (n Network) Unreached() bool { return n.Container != "" || n.Name == "none" }

// Publishes reports whether ports can be published on n.
func (n Network) Publishes() bool { return !n.Unreached() && n.Name != "host" }
