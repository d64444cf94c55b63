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

// CapabilityNames returns the names of the capabilities c for the answer to hello.
func CapabilityNames(c provider.Capability) []string {
	names := []string{}
	for _, one := range capabilities {
		if c.Has(one.bit) {
			names = append(names, string(one.op))
		}
	}
	return names
}

// ParseCapabilities returns the capabilities with these names. It ignores unknown names,
// which belong to later versions.
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
