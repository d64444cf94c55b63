package v1beta1

// EnvVar is a plain variable.
type EnvVar struct {
	// name of the variable.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="a variable's name has the form [A-Za-z_][A-Za-z0-9_]*"
	// +required
	Name string `json:"name"`
	// value of the variable, which all can read who can read this resource: what is
	// to be kept secret belongs into a Secret.
	// +required
	Value string `json:"value"`
}

// SecretRef is a key of a Secret of this namespace, and what it becomes in the
// container.
//
// +kubebuilder:validation:XValidation:rule="!has(self.mountPath) || !has(self.targetEnvName)",message="targetEnvName makes a variable and mountPath a file: give one of the two"
// +kubebuilder:validation:XValidation:rule="has(self.mountPath) || has(self.targetEnvName) || self.key.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="the key is no variable's name ([A-Za-z_][A-Za-z0-9_]*): give targetEnvName, or mountPath for a file"
type SecretRef struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="a Secret's name is a DNS name; it has no namespace in it, since a server reads the Secrets of its own namespace only"
	// +required
	Name string `json:"name"`
	// key in the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="a Secret's key has the form [-._a-zA-Z0-9]+"
	// +required
	Key string `json:"key"`
	// targetEnvName is the variable that holds the value; the key where nothing is
	// said.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="targetEnvName is a variable's name of the form [A-Za-z_][A-Za-z0-9_]*"
	// +optional
	TargetEnvName string `json:"targetEnvName,omitempty"`
	// optional has the server start also without the Secret or the key.
	// +optional
	Optional bool `json:"optional,omitempty"`
	// mountPath has the value delivered as this file instead of a variable.
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^(/[^/:\\\\pC]+)+$') && !self.matches('(^|/)[.][.]?(/|$)')",message="mountPath is an absolute path of a file, without '..', doubled or trailing '/' or ':'"
	// +optional
	MountPath string `json:"mountPath,omitempty"`
}

// Target returns the variable's name, or the file's path.
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
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="a Secret's name is a DNS name; it has no namespace in it"
	// +required
	Name string `json:"name"`
	// key in the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="a Secret's key has the form [-._a-zA-Z0-9]+"
	// +required
	Key string `json:"key"`
}

// NameRef names an object of this namespace.
type NameRef struct {
	// name of the object.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Volume is mounted into the server's container. Exactly one of hostPath,
// persistentVolumeClaim and configMap says what it is; podTemplateSpec has room
// for any other kind.
//
// +kubebuilder:validation:XValidation:rule="(has(self.hostPath) ? 1 : 0) + (has(self.persistentVolumeClaim) ? 1 : 0) + (has(self.configMap) ? 1 : 0) == 1",message="a volume has exactly one of hostPath, persistentVolumeClaim and configMap"
type Volume struct {
	// name of the volume in the pod.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && !self.startsWith('thv-')",message="a volume's name has the form [a-z0-9-]+ and does not begin with thv-"
	// +required
	Name string `json:"name"`
	// mountPath is where it is in the container.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +required
	MountPath string `json:"mountPath"`
	// readOnly keeps the server from writing to it.
	// +optional
	ReadOnly bool `json:"readOnly,omitempty"`
	// hostPath is a file or folder of the node. Restricted namespaces admit no such
	// pod.
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

// Requirement is a variable that the server asks for.
type Requirement struct {
	// name of the variable.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",message="a variable's name has the form [A-Za-z_][A-Za-z0-9_]*"
	// +required
	Name string `json:"name"`
	// description says what it is for.
	// +kubebuilder:validation:MaxLength=4096
	// +optional
	Description string `json:"description,omitempty"`
	// secret says that the value is to be kept secret.
	// +optional
	Secret bool `json:"secret,omitempty"`
	// required says that the server does not work without it.
	// +optional
	Required bool `json:"required,omitempty"`
}

// ResourceOverrides are for the objects that are made of a server.
type ResourceOverrides struct {
	// proxyDeployment is for the Deployment and its pods.
	// +optional
	ProxyDeployment *DeploymentOverrides `json:"proxyDeployment,omitempty"`
	// proxyService is for the Service.
	// +optional
	ProxyService *Metadata `json:"proxyService,omitempty"`
}

// DeploymentOverrides are for a Deployment and its pods.
type DeploymentOverrides struct {
	Metadata `json:",inline"`
	// podTemplateMetadataOverrides are for the pods that run the server, so that
	// injectors find what they look for there.
	// +optional
	PodTemplateMetadataOverrides *Metadata `json:"podTemplateMetadataOverrides,omitempty"`
	// env are further variables of the server's container; those of spec.env win.
	// +kubebuilder:validation:MaxItems=512
	// +listType=map
	// +listMapKey=name
	// +optional
	Env []EnvVar `json:"env,omitempty"`
}

// Metadata are labels and annotations to add. What the operator itself sets wins.
type Metadata struct {
	// annotations to add.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
	// labels to add.
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}
