package workload

import "context"

// Engine is a container engine in the words of doctor.
type Engine struct {
	// Name is Docker or Podman. Before the engine was asked it is a guess.
	Name, Version string
	Rootless      bool
	// Address is as in DOCKER_HOST, and ChosenBy what chose it; empty for a default place.
	Address, ChosenBy string
	// Start is the command that starts the engine; empty if there is not just one.
	Start string
}

// Described is a Runtime that tells which engine it uses.
type Described interface {
	// Engine returns what is known without the engine.
	Engine() Engine
	// Describe asks the engine; with an error it returns what Engine returns.
	Describe(ctx context.Context) (Engine, error)
}
