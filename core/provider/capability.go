package provider

import "strings"

// Capability is a set of the optional interfaces that a provider implements.
type Capability uint8

// The capabilities, one for each optional interface.
const (
	CanPut Capability = 1 << iota
	CanDelete
	CanList
	CanGetAll
	CanCheck
)

var capabilityNames = []struct {
	bit  Capability
	name string
}{
	{CanPut, "put"},
	{CanDelete, "delete"},
	{CanList, "list"},
	{CanGetAll, "get-all"},
	{CanCheck, "check"},
}

// Capabilities returns the optional interfaces that p's type implements.
func Capabilities(p Provider) Capability {
	var c Capability
	if _, ok := p.(Writer); ok {
		c |= CanPut
	}
	if _, ok := p.(Deleter); ok {
		c |= CanDelete
	}
	if _, ok := p.(Lister); ok {
		c |= CanList
	}
	if _, ok := p.(Batcher); ok {
		c |= CanGetAll
	}
	if _, ok := p.(Checker); ok {
		c |= CanCheck
	}
	return c
}

// Has reports whether c holds all of want.
func (c Capability) Has(want Capability) bool { return c&want == want }

// String returns the capabilities' names, as in "get, put, list".
func (c Capability) String() string {
	names := []string{"get"}
	for _, n := range capabilityNames {
		if c.Has(n.bit) {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ", ")
}
