package run

import (
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// stored are those of items that were stored for a server of the registry.
func stored(items []access.Item) []access.Item {
	return slices.DeleteFunc(slices.Clone(items), func(item access.Item) bool {
		return item.Kind != access.Secret || !strings.HasPrefix(item.Key, secret.SystemPrefix)
	})
}
