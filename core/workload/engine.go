package workload

import "context"

// Engine describes a container engine, for thv doctor.
type Engine struct {
	// Name is Docker or Podman. It is a guess until the engine has responded.
	Name, Version string
	Rootless      bool
	// Address has the form of DOCKER_HOST. ChosenBy is the setting that selected it; empty
	// for a default socket.
	Address, ChosenBy string
	// Start is the command that starts the engine; empty if it depends on the installation.
	Start string
}

// Described is a [Runtime] that can describe its engine.
type Described interface {
	// Engine returns a description without asking the engine.
	Engine() Engine
	// Describe asks the engine. With an error it returns the result of Engine.
	Describe(ctx context.Context) (Engine, error)
}
