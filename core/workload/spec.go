// Package workload says what is run and with which secrets: the Spec that may
// be saved and holds references only, the order in which sources of environment
// variables win, the resolved Environment that is never saved, and the port to
// what runs it.
package workload

import "encoding/json"

// SchemaVersion is the RunConfig schema that this package writes.
const SchemaVersion = "v0.1.0"

// The values of Spec.Delivery; an empty one is DeliveryEnv.
const (
	DeliveryEnv    = "env"
	DeliverySealed = "sealed"
)

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
	Command []string `json:"cmd_args,omitempty"`
	// Transport is how the server speaks MCP: stdio, sse or streamable-http.
	// Empty tells the workload nothing about it.
	Transport string `json:"transport,omitempty"`
	// Port is the TCP port on 127.0.0.1 of this machine at which TargetPort
	// answers, 1 to 65535; zero is one that the runtime chooses, or none where
	// TargetPort is zero too.
	Port int `json:"port,omitempty"`
	// TargetPort is the TCP port that the server listens on in its container, 1
	// to 65535; zero is Port.
	TargetPort int `json:"target_port,omitempty"`
	// EnvVars are plain variables, or references with a scheme as values.
	EnvVars map[string]string `json:"env_vars,omitempty"`
	// EnvInherit are variables whose values are the caller's own when the
	// workload starts, over EnvVars; one that is not set then is left out. They
	// stand here by name only, since a value may be a secret.
	EnvInherit []string `json:"env_inherit,omitempty"`
	// EnvFiles are the paths of env files, which are read when the workload
	// starts, and EnvFileDir that of a folder of them; EnvVars win over both.
	EnvFiles   []string `json:"env_files,omitempty"`
	EnvFileDir string   `json:"env_file_dir,omitempty"`
	// EnvFileExpansion is what becomes of a '$' in env files: refuse (the default),
	// shell or literal.
	EnvFileExpansion string `json:"env_file_expansion,omitempty"`
	// Secrets are secret parameters, as in "api-key,target=API_KEY".
	Secrets []string `json:"secrets,omitempty"`
	// Volumes are HOST:CONTAINER[:OPTION,…] with an absolute or relative HOST path,
	// or a volume's name; see ParseVolume.
	Volumes []string `json:"volumes,omitempty"`
	// Publish are [[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp]; without an
	// address a port is published on 127.0.0.1.
	Publish []string `json:"publish,omitempty"`
	// Network is the name of a container's network, or host, none or
	// container:NAME, on which nothing can be published; empty is the engine's
	// default. A local process has no other network than this machine's.
	Network string            `json:"network,omitempty"`
	Labels  map[string]string `json:"container_labels,omitempty"`
	// Workdir is the folder that the workload starts in: an absolute path in
	// the container, or a folder of this machine for a local process. Empty is
	// the image's, or the caller's own.
	Workdir string `json:"workdir,omitempty"`
	// User is UID[:GID] or NAME[:GROUP].
	User string `json:"user,omitempty"`
	// Memory is in bytes, CPUs in cores; zero is unlimited.
	Memory int64   `json:"memory,omitempty"`
	CPUs   float64 `json:"cpus,omitempty"`
	// Pull is missing (the default), always or never.
	Pull string `json:"pull,omitempty"`
	// ReadOnly makes the container's root file system read-only.
	ReadOnly bool `json:"read_only,omitempty"`
	// Delivery is how variables reach the workload: DeliveryEnv (the default), as
	// part of the container's configuration, or DeliverySealed, so that the
	// engine's record of the container holds no value. A secret with a file as
	// target is a file in either.
	Delivery string `json:"delivery,omitempty"`
	// Restart is when a detached workload is started again after its end:
	// on-failure (the default), always or no.
	Restart string `json:"restart_policy,omitempty"`
	// OnSecretChange is what a change of a secret does to a detached workload:
	// ignore (the default), restart, or signal=NAME, as in signal=HUP.
	OnSecretChange string `json:"on_secret_change,omitempty"`
	// SecretInterval is how often providers that tell of no change are asked, and
	// the least time between two restarts for a change, as in "15m". Empty is the
	// runtime's choice.
	SecretInterval string `json:"secret_interval,omitempty"`
	// Requirements are those of the registry's entry that the workload was
	// started from.
	Requirements []Requirement `json:"requirements,omitempty"`

	// SavedFrom is the file from elsewhere of which this is the saved copy, "-" for
	// standard input; empty for what was given on the command line. What a file from
	// elsewhere says of it itself does not count.
	SavedFrom string `json:"saved_from,omitempty"`

	// Ignored are the protective fields of another program's without which the workload
	// is to run; see CheckProtection. What a file from elsewhere says of it does not count.
	Ignored []string `json:"ignored_fields,omitempty"`

	// unknown are the fields of a later or another program, as they were read.
	unknown map[string]json.RawMessage
}
