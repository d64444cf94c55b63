package podspec

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	core "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	// Container is the name of the container that runs the workload.
	Container = "mcp"
	// Port is the name of the port that it listens on.
	Port = "http"
	// FilesVolume is the name of the volume with the secrets that are files.
	FilesVolume = "thv-secrets"
)

const (
	// fileMode lets the image's user read a file: without a group of the pod's own
	// the files belong to root.
	fileMode int32 = 0o444
)

// Pod is what a template is made of. The zero values of all fields but
// Workload.Image are useful. Build changes none of it.
type Pod struct {
	// Workload says what runs: its Image, Command, EnvVars, Transport and TargetPort
	// count. The variables of the transport win over EnvVars of their names.
	Workload workload.Spec
	// Secrets win over both. Their targets differ.
	Secrets []Secret
	// Selector are labels that the pods have whatever a patch says; Labels and
	// Annotations are added to them.
	Selector, Labels, Annotations map[string]string
	// Fixed are annotations that a patch cannot change either.
	Fixed            map[string]string
	Limits, Requests corev1.ResourceList
	// ServiceAccount is who the pod runs as; Token gives the pod its token.
	ServiceAccount   string
	Token            bool
	ImagePullSecrets []string
	Volumes          []Volume
	// Patch is a strategic merge patch of the template, as JSON.
	Patch []byte
}

// Secret is a key of a Secret in the pod's namespace, and where the workload
// finds it.
type Secret struct {
	Name, Key string
	Target    secret.Target
	// Optional lets a pod start without it. A file is only there where Absent, which
	// says that the key is known not to be there, is not set: a node would make a
	// folder in its place.
	Optional, Absent bool
}

// Volume is mounted into the workload's container. One of HostPath, Claim and
// ConfigMap says what it is.
type Volume struct {
	Name, MountPath            string
	ReadOnly                   bool
	HostPath, Claim, ConfigMap string
}

// Build returns the template. Its error wraps workload.ErrInvalidSpec, says in
// words what is wrong with the patch, and is nil if there is no error.
func Build(p Pod) (*core.PodTemplateSpecApplyConfiguration, error) {
	template := core.PodTemplateSpec().
		WithLabels(p.Labels).WithLabels(p.Selector).
		WithAnnotations(p.Annotations).WithAnnotations(p.Fixed).
		WithSpec(p.spec())
	if len(p.Patch) == 0 {
		return template, nil
	}
	return p.patched(template)
}

func (p Pod) spec() *core.PodSpecApplyConfiguration {
	spec := core.PodSpec().
		WithContainers(p.container()).
		WithSecurityContext(core.PodSecurityContext().
			WithRunAsNonRoot(true).
			WithSeccompProfile(core.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))).
		WithAutomountServiceAccountToken(p.Token)
	if p.ServiceAccount != "" {
		spec.WithServiceAccountName(p.ServiceAccount)
	}
	for _, name := range p.ImagePullSecrets {
		spec.WithImagePullSecrets(core.LocalObjectReference().WithName(name))
	}
	for _, v := range p.Volumes {
		spec.WithVolumes(v.source())
	}
	if files := p.files(); len(files) > 0 {
		spec.WithVolumes(filesVolume(files))
	}
	return spec
}

func (p Pod) container() *core.ContainerApplyConfiguration {
	c := core.Container().
		WithName(Container).
		WithImage(p.Workload.Image).
		WithArgs(p.Workload.Command...).
		WithEnv(p.env()...).
		WithVolumeMounts(p.mounts()...).
		WithSecurityContext(core.SecurityContext().
			WithAllowPrivilegeEscalation(false).
			WithCapabilities(core.Capabilities().WithDrop("ALL")))
	if len(p.Limits)+len(p.Requests) > 0 {
		c.WithResources(p.resources())
	}
	if p.Workload.Transport == workload.TransportStdio {
		return c.WithStdin(true)
	}
	if port := p.Workload.TargetPort; port != 0 {
		//nolint:gosec // a port
		number := int32(port)
		c.WithPorts(core.ContainerPort().WithName(Port).WithContainerPort(number).WithProtocol(corev1.ProtocolTCP))
		c.WithReadinessProbe(core.Probe().WithTCPSocket(core.TCPSocketAction().WithPort(intstr.FromString(Port))))
	}
	return c
}

func (p Pod) resources() *core.ResourceRequirementsApplyConfiguration {
	r := core.ResourceRequirements()
	if len(p.Limits) > 0 {
		r.WithLimits(p.Limits)
	}
	if len(p.Requests) > 0 {
		r.WithRequests(p.Requests)
	}
	return r
}

// transport are the variables that tell the workload how to speak MCP.
func (p Pod) transport() map[string]string {
	port := p.Workload.TargetPort
	switch p.Workload.Transport {
	case "":
		return nil
	case workload.TransportStdio:
		port = 0
	}
	return workload.TransportVariables(p.Workload.Transport, port)
}

// env are the plain variables in the order of their names, then the secrets.
func (p Pod) env() []*core.EnvVarApplyConfiguration {
	plain := workload.Sources{Flags: p.Workload.EnvVars, Transport: p.transport()}.Merge()
	for _, s := range p.Secrets {
		delete(plain, s.Target.Env)
	}
	var env []*core.EnvVarApplyConfiguration
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		env = append(env, core.EnvVar().WithName(name).WithValue(plain[name]))
	}
	for _, s := range p.Secrets {
		if s.Target.Env != "" {
			env = append(env, core.EnvVar().WithName(s.Target.Env).WithValueFrom(core.EnvVarSource().WithSecretKeyRef(s.selector())))
		}
	}
	return env
}

func (s Secret) selector() *core.SecretKeySelectorApplyConfiguration {
	selector := core.SecretKeySelector().WithName(s.Name).WithKey(s.Key)
	if s.Optional {
		selector.WithOptional(true)
	}
	return selector
}
