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
	// Port is the name of the container's port.
	Port = "http"
	// FilesVolume is the name of the volume with the secrets that are files.
	FilesVolume = "thv-secrets"
)

const (
	// fileMode allows the image's user to read a file, which belongs to root unless the pod
	// has a group.
	fileMode int32 = 0o444
)

// Pod is the input of [Build], which does not change it. All fields except Workload.Image are
// optional.
type Pod struct {
	// Workload is the workload, of which Image, Command, EnvVars, Transport and TargetPort
	// are used. The variables of the transport override EnvVars.
	Workload workload.Spec
	// Secrets override both. Their targets must be distinct.
	Secrets []Secret
	// Selector are labels that a patch cannot change. Labels and Annotations are added.
	Selector, Labels, Annotations map[string]string
	// Fixed are annotations that a patch cannot change either.
	Fixed            map[string]string
	Limits, Requests corev1.ResourceList
	// ServiceAccount is the account of the pod; with Token its token is mounted.
	ServiceAccount   string
	Token            bool
	ImagePullSecrets []string
	Volumes          []Volume
	// Patch is a strategic merge patch of the template, as JSON.
	Patch []byte
}

// Secret is a key of a Secret in the pod's namespace, and the target that gets its value.
type Secret struct {
	Name, Key string
	Target    secret.Target
	// Optional lets a pod start without the key. Absent means that the key is known to be
	// missing; then a file is not mounted, since the node would create a directory in its
	// place.
	Optional, Absent bool
}

// Volume is mounted into the workload's container. Exactly one of HostPath, Claim and
// ConfigMap must be set.
type Volume struct {
	Name, MountPath            string
	ReadOnly                   bool
	HostPath, Claim, ConfigMap string
}

// Build returns the template. Its error wraps [workload.ErrInvalidSpec] and describes what is
// wrong with the patch.
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

// transport returns the variables that configure the MCP transport.
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

// env returns the plain variables in the order of their names, and then the secrets.
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
