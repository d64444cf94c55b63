package v1beta1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// The transports of MCP.
const (
	TransportStdio          = "stdio"
	TransportSSE            = "sse"
	TransportStreamableHTTP = "streamable-http"
)

// The values of spec.secretRotation.
const (
	RotationRestart = "Restart"
	RotationNone    = "None"
)

// MCPServer is an MCP server that runs in the cluster with the secrets that it
// needs.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mcps,categories=thv;toolhive
// +kubebuilder:metadata:annotations="thv-secrets.dev/schema=1"
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Secrets",type=string,JSONPath=`.status.conditions[?(@.type=="SecretsResolved")].reason`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 53 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="the name is at most 53 characters of [a-z0-9-], because the names of the server's objects are derived from it"
type MCPServer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the desired state.
	// +required
	Spec MCPServerSpec `json:"spec"`
	// status is the observed state, which the operator writes.
	// +optional
	Status MCPServerStatus `json:"status,omitzero"`
}

// MCPServerSpec is the desired state of a server. It refers to secrets and never
// contains their values.
//
// +kubebuilder:validation:XValidation:rule="!has(self.port) || !has(self.proxyPort) || self.port == self.proxyPort",message="port is the older name of proxyPort: set only one of them"
// +kubebuilder:validation:XValidation:rule="!has(self.targetPort) || !has(self.mcpPort) || self.targetPort == self.mcpPort",message="targetPort is the older name of mcpPort: set only one of them"
// +kubebuilder:validation:XValidation:rule="!has(self.env) || !has(self.secrets) || self.env.all(e, !self.secrets.exists(s, !has(s.mountPath) && e.name == (has(s.targetEnvName) ? s.targetEnvName : s.key)))",message="env and secrets set the same variable: remove it from one of them"
type MCPServerSpec struct {
	// image is the server's container image.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +required
	Image string `json:"image"`
	// args are the arguments of the image's entrypoint.
	// +kubebuilder:validation:MaxItems=1024
	// +listType=atomic
	// +optional
	Args []string `json:"args,omitempty"`
	// env are plain variables. MCP_TRANSPORT, MCP_PORT and FASTMCP_PORT are derived
	// from the transport and override variables of these names.
	// +kubebuilder:validation:MaxItems=512
	// +listType=map
	// +listMapKey=name
	// +optional
	Env []EnvVar `json:"env,omitempty"`
	// secrets are keys of Secrets of this namespace. Each sets one variable or one
	// file, and no two set the same.
	// +kubebuilder:validation:MaxItems=128
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, (has(a.mountPath) ? a.mountPath : has(a.targetEnvName) ? a.targetEnvName : a.key) == (has(b.mountPath) ? b.mountPath : has(b.targetEnvName) ? b.targetEnvName : b.key)))",message="two secrets have the same target (mountPath, targetEnvName or else key): give each its own"
	// +listType=atomic
	// +optional
	Secrets []SecretRef `json:"secrets,omitempty"`
	// transport is the server's MCP transport. A server with an HTTP transport gets a
	// Service.
	// +kubebuilder:validation:Enum=stdio;streamable-http;sse
	// +kubebuilder:default=stdio
	// +optional
	Transport string `json:"transport,omitempty"`
	// proxyPort is the port of the Service; the default is 8080. A stdio server has
	// no Service.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	ProxyPort int32 `json:"proxyPort,omitempty"`
	// port is the older name of proxyPort.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`
	// mcpPort is the port that the server listens on in its container. The default is
	// the port of the Service.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	MCPPort int32 `json:"mcpPort,omitempty"`
	// targetPort is the older name of mcpPort.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	TargetPort int32 `json:"targetPort,omitempty"`
	// resources are the resources of the server's container.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// serviceAccount is the ServiceAccount of this namespace that the pods run as,
	// with its token mounted. By default the operator makes one for the server, and
	// mounts no token.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ServiceAccount string `json:"serviceAccount,omitempty"`
	// replicas is the number of pods. If it is not set, the operator starts with 1
	// and leaves the number to an autoscaler or another client.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// imagePullSecrets are Secrets of this namespace with credentials for the image's
	// registry.
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=name
	// +optional
	ImagePullSecrets []NameRef `json:"imagePullSecrets,omitempty"`
	// volumes are mounted into the server's container.
	// +kubebuilder:validation:MaxItems=64
	// +listType=map
	// +listMapKey=name
	// +optional
	Volumes []Volume `json:"volumes,omitempty"`
	// externalAuthConfigRef names an MCPExternalAuthConfig of this namespace. The
	// server gets its fields as environment variables.
	// +optional
	ExternalAuthConfigRef *NameRef `json:"externalAuthConfigRef,omitempty"`
	// podTemplateSpec is a strategic merge patch of the pod template, in which the
	// server's container is named mcp. It cannot change the labels that select the
	// pods, nor the variables and files that hold secrets.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Type=object
	// +optional
	PodTemplateSpec *runtime.RawExtension `json:"podTemplateSpec,omitempty"`
	// resourceOverrides are labels, annotations and variables for the objects that the
	// operator makes for the server.
	// +optional
	ResourceOverrides *ResourceOverrides `json:"resourceOverrides,omitempty"`
	// requirements are the variables that the server needs, as listed in a registry's
	// entry. The server is not started while a required one is not set.
	// +kubebuilder:validation:MaxItems=512
	// +listType=map
	// +listMapKey=name
	// +optional
	Requirements []Requirement `json:"requirements,omitempty"`
	// secretRotation is the reaction to a changed secret: Restart replaces the pods,
	// None keeps them running with the earlier value.
	// +kubebuilder:validation:Enum=Restart;None
	// +kubebuilder:default=Restart
	// +optional
	SecretRotation string `json:"secretRotation,omitempty"`
	// minRestartInterval is the minimum time between two restarts for changed
	// secrets. The default is the operator's --min-restart-interval.
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && self.size() < 20 && duration(self) <= duration('168h')",message="minRestartInterval must be a duration such as 90s or 1h30m, at most 168h"
	// +optional
	MinRestartInterval string `json:"minRestartInterval,omitempty"`
}

// ServicePort returns the port of the Service.
func (s *MCPServerSpec) ServicePort() int32 {
	for _, port := range []int32{s.ProxyPort, s.Port} {
		if port != 0 {
			return port
		}
	}
	return 8080
}

// ContainerPort returns the port that the server listens on in its container.
func (s *MCPServerSpec) ContainerPort() int32 {
	for _, port := range []int32{s.MCPPort, s.TargetPort} {
		if port != 0 {
			return port
		}
	}
	return s.ServicePort()
}

// Listens reports whether the server has an HTTP transport.
func (s *MCPServerSpec) Listens() bool {
	return s.Transport == TransportSSE || s.Transport == TransportStreamableHTTP
}

// Resources are the resources of a container.
type Resources struct {
	// limits are the most that the container may use.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, type(self[k]) == int || isQuantity(self[k]))",message="a limit must be a quantity such as 500m or 1Gi"
	// +optional
	Limits corev1.ResourceList `json:"limits,omitempty"`
	// requests are guaranteed to the container.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, type(self[k]) == int || isQuantity(self[k]))",message="a request must be a quantity such as 500m or 1Gi"
	// +optional
	Requests corev1.ResourceList `json:"requests,omitempty"`
}

// MCPServerList is a list of MCPServers.
//
// +kubebuilder:object:root=true
type MCPServerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MCPServer `json:"items"`
}
