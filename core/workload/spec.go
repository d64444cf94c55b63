// Package workload says what is run and with which secrets: the Spec that may
// be saved and holds references only, the order in which sources of environment
// variables win, the resolved Environment that is never saved, and the port to
// what runs it.
package workload

// SchemaVersion is the RunConfig schema that this package writes.
const SchemaVersion = "v0.1.0"

// Spec is a RunConfig: what to run, with references to secrets and never their
// values. It is the only description of a workload that may be saved. Its JSON
// names are those of ToolHive's RunConfig.
type Spec struct {
	SchemaVersion string `json:"schema_version"`
	Name          string `json:"name,omitempty"`
	// Image is a container image, for a container; a local process has none
	// and its Command names a program.
	Image string `json:"image,omitempty"`
	// Command is an image's arguments, or a local program and its arguments.
	Command    []string `json:"cmd_args,omitempty"`
	Transport  string   `json:"transport,omitempty"`
	Port       int      `json:"port,omitempty"`
	TargetPort int      `json:"target_port,omitempty"`
	// EnvVars are plain variables, or references with a scheme as values.
	EnvVars map[string]string `json:"env_vars,omitempty"`
	// Secrets are secret parameters, as in "api-key,target=API_KEY".
	Secrets []string `json:"secrets,omitempty"`
	// Volumes are HOST:CONTAINER[:ro] with an absolute or relative HOST path,
	// or a volume's name.
	Volumes []string `json:"volumes,omitempty"`
	// Publish are [[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp]; without an
	// address a port is published on 127.0.0.1.
	Publish []string          `json:"publish,omitempty"`
	Network string            `json:"network,omitempty"`
	Labels  map[string]string `json:"container_labels,omitempty"`
	Workdir string            `json:"workdir,omitempty"`
	// User is UID[:GID] or NAME[:GROUP].
	User string `json:"user,omitempty"`
	// Memory is in bytes, CPUs in cores; zero is unlimited.
	Memory int64   `json:"memory,omitempty"`
	CPUs   float64 `json:"cpus,omitempty"`
	// Pull is missing (the default), always or never.
	Pull string `json:"pull,omitempty"`
}
