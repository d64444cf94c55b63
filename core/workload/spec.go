// Package workload describes workloads and their secrets: the [Spec], which contains only
// references and may be saved, the precedence of the sources of environment variables
// ([Sources]), the resolved [Environment], which is never saved, and the [Runtime] that
// runs them.
package workload

import "encoding/json"

// SchemaVersion is the RunConfig schema that this package writes.
const SchemaVersion = "v0.1.0"

// The values of [Spec.Delivery]. The default is DeliveryEnv.
const (
	DeliveryEnv    = "env"
	DeliverySealed = "sealed"
)

// Spec is a RunConfig: the description of a workload, with references to secrets and never
// their values. It is the only description that may be saved. Its JSON names are those of
// ToolHive's RunConfig.
type Spec struct {
	SchemaVersion string `json:"schema_version"`
	Name          string `json:"name,omitempty"`
	// Image is the image of a container; empty for a local process.
	Image string `json:"image,omitempty"`
	// Command has the arguments for the image, or a local command and its arguments.
	Command []string `json:"cmd_args,omitempty"`
	// Transport is the server's MCP transport: stdio, sse or streamable-http. If it is
	// empty, the workload gets no variables about the transport.
	Transport string `json:"transport,omitempty"`
	// Port is the TCP port on 127.0.0.1 that is forwarded to TargetPort, 1 to 65535. If it
	// is zero, the runtime chooses one, unless TargetPort is zero too.
	Port int `json:"port,omitempty"`
	// TargetPort is the TCP port that the server listens on in its container, 1 to 65535.
	// The default is Port.
	TargetPort int `json:"target_port,omitempty"`
	// EnvVars are variables with plain values, or with references that have a scheme.
	EnvVars map[string]string `json:"env_vars,omitempty"`
	// EnvInherit are the names of variables that the workload gets from the environment of
	// the process that starts it. They override EnvVars; a variable that is not set is
	// omitted. The values are not saved, since they may be secrets.
	EnvInherit []string `json:"env_inherit,omitempty"`
	// EnvFiles are the paths of env files, and EnvFileDir is the path of a directory of env
	// files. They are read when the workload starts; EnvVars override both.
	EnvFiles   []string `json:"env_files,omitempty"`
	EnvFileDir string   `json:"env_file_dir,omitempty"`
	// EnvFileExpansion is the treatment of '$' in env files: refuse (the default), shell or
	// literal; see [Expansions].
	EnvFileExpansion string `json:"env_file_expansion,omitempty"`
	// Secrets are secret parameters such as "api-key,target=API_KEY".
	Secrets []string `json:"secrets,omitempty"`
	// Volumes have the form HOST:CONTAINER[:OPTION,…]. HOST is an absolute or relative
	// path, or the name of a volume; see [ParseVolume].
	Volumes []string `json:"volumes,omitempty"`
	// Publish are published ports in the form [[ADDRESS:]HOSTPORT:]CONTAINERPORT[/tcp|/udp].
	// The default address is 127.0.0.1.
	Publish []string `json:"publish,omitempty"`
	// Network is the name of the container's network. On host, none and container:NAME no
	// ports can be published. The default is the engine's. A local process always uses the network of
	// this machine.
	Network string            `json:"network,omitempty"`
	Labels  map[string]string `json:"container_labels,omitempty"`
	// Workdir is the working directory: an absolute path in the container, or a directory
	// of this machine for a local process. The default is the image's, or the caller's.
	Workdir string `json:"workdir,omitempty"`
	// User is UID[:GID] or NAME[:GROUP].
	User string `json:"user,omitempty"`
	// Memory is a limit in bytes, and CPUs in cores; zero is unlimited.
	Memory int64   `json:"memory,omitempty"`
	CPUs   float64 `json:"cpus,omitempty"`
	// Pull is missing (the default), always or never.
	Pull string `json:"pull,omitempty"`
	// ReadOnly makes the container's root file system read-only.
	ReadOnly bool `json:"read_only,omitempty"`
	// Delivery is the way in which variables reach the workload: with [DeliveryEnv] (the
	// default) in the container's configuration, with [DeliverySealed] without appearing in
	// the engine's record. Secrets with a file as target are files with either.
	Delivery string `json:"delivery,omitempty"`
	// Restart is the restart policy of a detached workload that has exited: on-failure (the
	// default), always or no.
	Restart string `json:"restart_policy,omitempty"`
	// OnSecretChange is the reaction of a detached workload to a changed secret: ignore
	// (the default), restart, or signal=NAME such as signal=HUP.
	OnSecretChange string `json:"on_secret_change,omitempty"`
	// SecretInterval is the poll interval for providers without change notification, and
	// the minimum time between two restarts, such as "15m". The default is the
	// supervisor's.
	SecretInterval string `json:"secret_interval,omitempty"`
	// Requirements are the requirements of the registry entry that the workload was started
	// from.
	Requirements []Requirement `json:"requirements,omitempty"`

	// SavedFrom is the file that this saved RunConfig was copied from, "-" for standard
	// input; empty for a run from the command line. It is ignored in a file from elsewhere.
	SavedFrom string `json:"saved_from,omitempty"`

	// Ignored are the unsupported protective fields that the user has agreed to ignore; see
	// [Spec.CheckProtection]. It is ignored in a file from elsewhere.
	Ignored []string `json:"ignored_fields,omitempty"`

	// unknown are the fields that another program or a later version wrote, unchanged.
	unknown map[string]json.RawMessage
}
