package protocol

import "github.com/thv-secrets/thv/core/provider"

var capabilities = []struct {
	op  Op
	bit provider.Capability
}{
	{OpPut, provider.CanPut},
	{OpDelete, provider.CanDelete},
	{OpList, provider.CanList},
	{OpGetAll, provider.CanGetAll},
	{OpCheck, provider.CanCheck},
}

// CapabilityNames returns what a program with the capabilities c answers to hello.
func CapabilityNames(c provider.Capability) []string {
	names := []string{}
	for _, one := range capabilities {
		if c.Has(one.bit) {
			names = append(names, string(one.op))
		}
	}
	return names
}

// ParseCapabilities returns the capabilities that names tell. Names that it does
// not know are a later version's and count for nothing.
func ParseCapabilities(names []string) provider.Capability {
	var c provider.Capability
	for _, name := range names {
		for _, one := range capabilities {
			if name == string(one.op) {
				c |= one.bit
			}
		}
	}
	return c
}
