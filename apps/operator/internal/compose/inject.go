//go:build wireinject

package compose

import (
	"context"
	"log/slog"

	"github.com/google/wire"
	"k8s.io/client-go/rest"
)

// New returns the operator. It checks the CRDs, and creates the installation's key
// if it does not exist.
func New(context.Context, Options, *rest.Config, *slog.Logger) (*Operator, error) {
	panic(wire.Build(set))
}
