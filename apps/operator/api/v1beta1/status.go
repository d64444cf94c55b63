package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The phases of an MCPServer.
const (
	PhasePending     = "Pending"
	PhaseReady       = "Ready"
	PhaseFailed      = "Failed"
	PhaseTerminating = "Terminating"
)

// The conditions of an MCPServer.
const (
	ConditionReady           = "Ready"
	ConditionSecretsResolved = "SecretsResolved"
	ConditionRequirementsMet = "RequirementsMet"
	ConditionExternalAuth    = "ExternalAuthConfigValidated"
	ConditionPodTemplate     = "PodTemplateValid"
)

// The conditions of an MCPExternalAuthConfig.
const (
	ConditionValid = "Valid"
	ConditionInUse = "InUse"
)

// The states of a secret reference.
const (
	StateResolved       = "Resolved"
	StateSecretNotFound = "SecretNotFound"
	StateKeyNotFound    = "KeyNotFound"
	StateAccessDenied   = "AccessDenied"
)

// MCPServerStatus is the observed state of a server.
type MCPServerStatus struct {
	// phase is Pending, Ready, Failed or Terminating.
	// +optional
	Phase string `json:"phase,omitempty"`
	// url is the server's URL in the cluster; empty for stdio.
	// +optional
	URL string `json:"url,omitempty"`
	// observedGeneration is the metadata.generation that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Ready, SecretsResolved, RequirementsMet,
	// ExternalAuthConfigValidated and PodTemplateValid.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// secretRefs are the server's secrets, by their targets.
	// +listType=map
	// +listMapKey=target
	// +optional
	SecretRefs []SecretRefStatus `json:"secretRefs,omitempty"`
}

// SecretRefStatus is the state of one secret reference.
type SecretRefStatus struct {
	// target is the variable's name or the file's path.
	// +required
	Target string `json:"target"`
	// secretName is the Secret's name.
	// +required
	SecretName string `json:"secretName"`
	// key is the key in the Secret.
	// +required
	Key string `json:"key"`
	// state is Resolved, SecretNotFound, KeyNotFound or AccessDenied.
	// +required
	State string `json:"state"`
	// lastChanged is the time at which the operator first saw the present value.
	// +optional
	LastChanged *metav1.Time `json:"lastChanged,omitempty"`
}
