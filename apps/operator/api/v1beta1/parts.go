package v1beta1

// EnvVar is a plain environment variable.
type EnvVar struct {
	// name is the variable's name.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="a variable's name must have the form [A-Za-z_][A-Za-z0-9_]*"
	// +required
	Name string `json:"name"`
	// value is the variable's value. Every user who can read this resource can read
	// it, so put secrets into a Secret.
	// +required
	Value string `json:"value"`
}

// SecretRef is a key of a Secret of this namespace, and the variable or file of the
// container that gets its value.
//
// +kubebuilder:validation:XValidation:rule="!has(self.mountPath) || !has(self.targetEnvName)",message="targetEnvName sets a variable and mountPath a file: set only one of them"
// +kubebuilder:validation:XValidation:rule="has(self.mountPath) || has(self.targetEnvName) || self.key.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="the key is not a valid variable name ([A-Za-z_][A-Za-z0-9_]*): set targetEnvName, or mountPath for a file"
type SecretRef struct {
	// name is the Secret's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="a Secret's name must be a DNS name without a namespace, because a server reads only the Secrets of its own namespace"
	// +required
	Name string `json:"name"`
	// key is the key in the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="a Secret's key must have the form [-._a-zA-Z0-9]+"
	// +required
	Key string `json:"key"`
	// targetEnvName is the variable that holds the value. The default is the key.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="targetEnvName must have the form [A-Za-z_][A-Za-z0-9_]*"
	// +optional
	TargetEnvName string `json:"targetEnvName,omitempty"`
	// optional lets the server start without the Secret or the key.
	// +optional
	Optional bool `json:"optional,omitempty"`
	// mountPath is the file that holds the value, instead of a variable.
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^(/[^/:\\\\pC]+)+$') && !self.matches('(^|/)[.][.]?(/|$)')",message="mountPath must be an absolute path of a file, without '.' and '..' segments, ':', and doubled or trailing '/'"
	// +optional
	MountPath string `json:"mountPath,omitempty"`
}

// Target returns the variable's name or the file's path.
func (r SecretRef) Target() string {
	switch {
	case r.MountPath != "":
		return r.MountPath
	case r.TargetEnvName != "":
		return r.TargetEnvName
	}
	return r.Key
}

// SecretKeyRef is a key of a Secret of this namespace.
type SecretKeyRef struct {
	// name is the Secret's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="a Secret's name must be a DNS name without a namespace"
	// +required
	Name string `json:"name"`
	// key is the key in the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="a Secret's key must have the form [-._a-zA-Z0-9]+"
	// +required
	Key string `json:"key"`
}

// NameRef names an object of this namespace.
type NameRef struct {
	// name is the object's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Volume is mounted into the server's container. Exactly one of hostPath,
// persistentVolumeClaim and configMap must be set; for any other kind of volume use
// podTemplateSpec.
//
// +kubebuilder:validation:XValidation:rule="(has(self.hostPath) ? 1 : 0) + (has(self.persistentVolumeClaim) ? 1 : 0) + (has(self.configMap) ? 1 : 0) == 1",message="a volume must have exactly one of hostPath, persistentVolumeClaim and configMap"
type Volume struct {
	// name is the volume's name in the pod.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && !self.startsWith('thv-')",message="a volume's name must have the form [a-z0-9-]+ and must not begin with thv-"
	// +required
	Name string `json:"name"`
	// mountPath is the path in the container.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +required
	MountPath string `json:"mountPath"`
	// readOnly mounts the volume read-only.
	// +optional
	ReadOnly bool `json:"readOnly,omitempty"`
	// hostPath is a file or directory of the node. Namespaces with the restricted
	// Pod Security Standard reject such a pod.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	HostPath string `json:"hostPath,omitempty"`
	// persistentVolumeClaim is the name of a claim of this namespace.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	PersistentVolumeClaim string `json:"persistentVolumeClaim,omitempty"`
	// configMap is the name of a ConfigMap of this namespace.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ConfigMap string `json:"configMap,omitempty"`
}

// Requirement is a variable that the server needs.
type Requirement struct {
	// name is the variable's name.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="a variable's name must have the form [A-Za-z_][A-Za-z0-9_]*"
	// +required
	Name string `json:"name"`
	// description is the purpose of the variable.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Description string `json:"description,omitempty"`
	// secret is true if the value is a secret.
	// +optional
	Secret bool `json:"secret,omitempty"`
	// required is true if the server does not work without the variable.
	// +optional
	Required bool `json:"required,omitempty"`
}

// ResourceOverrides are additions to the objects that the operator makes for a
// server.
type ResourceOverrides struct {
	// proxyDeployment has the additions to the Deployment and its pods.
	// +optional
	ProxyDeployment *DeploymentOverrides `json:"proxyDeployment,omitempty"`
	// proxyService has the additions to the Service.
	// +optional
	ProxyService *Metadata `json:"proxyService,omitempty"`
}

// DeploymentOverrides are additions to a Deployment and its pods.
type DeploymentOverrides struct {
	Metadata `json:",inline"`
	// podTemplateMetadataOverrides are labels and annotations of the server's pods,
	// for example for injectors.
	// +optional
	PodTemplateMetadataOverrides *Metadata `json:"podTemplateMetadataOverrides,omitempty"`
	// env are further variables of the server's container; spec.env overrides them.
	// +kubebuilder:validation:MaxItems=512
	// +listType=map
	// +listMapKey=name
	// +optional
	Env []EnvVar `json:"env,omitempty"`
}

// Metadata are labels and annotations to add. The operator's own override them.
type Metadata struct {
	// annotations are the annotations to add.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
	// labels are the labels to add.
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}
