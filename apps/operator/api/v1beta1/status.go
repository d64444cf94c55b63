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

// MCPServerStatus is what came of a server.
type MCPServerStatus struct {
	// phase is Pending, Ready, Failed or Terminating.
	// +optional
	Phase string `json:"phase,omitempty"`
	// url is where the server answers in the cluster; empty for stdio.
	// +optional
	URL string `json:"url,omitempty"`
	// observedGeneration is the metadata.generation that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Ready, SecretsResolved, RequirementsMet,
	// ExternalAuthConfigValidated and PodTemplateValid.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// secretRefs are the secrets that the server gets, each by its target.
	// +listType=map
	// +listMapKey=target
	// +optional
	SecretRefs []SecretRefStatus `json:"secretRefs,omitempty"`
}

// SecretRefStatus is where one target's value comes from.
type SecretRefStatus struct {
	// target is a variable's name or a file's path.
	// +required
	Target string `json:"target"`
	// secretName is the Secret's name.
	// +required
	SecretName string `json:"secretName"`
	// key in the Secret.
	// +required
	Key string `json:"key"`
	// state is Resolved, SecretNotFound, KeyNotFound or AccessDenied.
	// +required
	State string `json:"state"`
	// lastChanged is when the operator first saw the value that the key has now.
	// +optional
	LastChanged *metav1.Time `json:"lastChanged,omitempty"`
}
