package plan

import (
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	apps "k8s.io/client-go/applyconfigurations/apps/v1"
	core "k8s.io/client-go/applyconfigurations/core/v1"
	meta "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/thv-secrets/thv/adapters/k8s/podspec"
	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/core/workload"
)

// template returns the template of the server's pods, with the token of its secrets.
func (in Input) template(refs []reference, token string) (*core.PodTemplateSpecApplyConfiguration, error) {
	spec := &in.Server.Spec
	overrides := deploymentOverrides(in.Server).PodTemplateMetadataOverrides
	if overrides == nil {
		overrides = &v1beta1.Metadata{}
	}
	pod := podspec.Pod{
		Workload: workload.Spec{
			Image: spec.Image, Command: spec.Args, Transport: transport(spec),
			TargetPort: int(spec.ContainerPort()), EnvVars: in.variables(),
		},
		Secrets:        podSecrets(refs),
		Selector:       labels(in.Server),
		Labels:         overrides.Labels,
		Annotations:    overrides.Annotations,
		Fixed:          map[string]string{AnnotationSecrets: token},
		ServiceAccount: AccountName(in.Server.Name),
	}
	if r := spec.Resources; r != nil {
		pod.Limits, pod.Requests = r.Limits, r.Requests
	}
	if spec.ServiceAccount != "" {
		pod.ServiceAccount, pod.Token = spec.ServiceAccount, true
	}
	for _, ref := range spec.ImagePullSecrets {
		pod.ImagePullSecrets = append(pod.ImagePullSecrets, ref.Name)
	}
	for _, v := range spec.Volumes {
		pod.Volumes = append(pod.Volumes, podspec.Volume{Name: v.Name, MountPath: v.MountPath, ReadOnly: v.ReadOnly, HostPath: v.HostPath, Claim: v.PersistentVolumeClaim, ConfigMap: v.ConfigMap})
	}
	if spec.PodTemplateSpec != nil {
		pod.Patch = spec.PodTemplateSpec.Raw
	}
	return podspec.Build(pod)
}

// variables returns the plain variables: the overrides, then spec.env, which replaces
// them, and then the variables of the external authentication, whose names no other
// has.
func (in Input) variables() map[string]string {
	vars := map[string]string{}
	for _, e := range deploymentOverrides(in.Server).Env {
		vars[e.Name] = e.Value
	}
	for _, e := range in.Server.Spec.Env {
		vars[e.Name] = e.Value
	}
	if in.Server.Spec.ExternalAuthConfigRef != nil {
		maps.Copy(vars, authPlain(in.Auth))
	}
	return vars
}

func transport(spec *v1beta1.MCPServerSpec) string {
	if spec.Transport == "" {
		return v1beta1.TransportStdio
	}
	return spec.Transport
}

func (in Input) deployment(template *core.PodTemplateSpecApplyConfiguration, remembered map[string]string) desired {
	s := in.Server
	overrides := deploymentOverrides(s)
	spec := apps.DeploymentSpec().
		WithSelector(meta.LabelSelector().WithMatchLabels(selector(s))).
		WithTemplate(template)
	if s.Spec.Replicas != nil {
		spec.WithReplicas(*s.Spec.Replicas)
	}
	d := apps.Deployment(DeploymentName(s.Name), s.Namespace).
		WithLabels(overrides.Labels).WithLabels(labels(s)).
		WithAnnotations(foreign(overrides.Annotations)).WithAnnotations(nonEmpty(remembered)).
		WithOwnerReferences(owner(s)).
		WithSpec(spec)
	return withHash(d, &appsv1.Deployment{}, func(hash string) { d.WithAnnotations(map[string]string{annotationApplied: hash}) })
}

func (in Input) service() desired {
	s := in.Server
	overrides := &v1beta1.Metadata{}
	if o := s.Spec.ResourceOverrides; o != nil && o.ProxyService != nil {
		overrides = o.ProxyService
	}
	port := core.ServicePort().WithName(podspec.Port).WithPort(s.Spec.ServicePort()).
		WithTargetPort(intstr.FromInt32(s.Spec.ContainerPort())).WithProtocol(corev1.ProtocolTCP)
	d := core.Service(ServiceName(s.Name), s.Namespace).
		WithLabels(overrides.Labels).WithLabels(labels(s)).
		WithAnnotations(foreign(overrides.Annotations)).
		WithOwnerReferences(owner(s)).
		WithSpec(core.ServiceSpec().WithSelector(selector(s)).WithPorts(port))
	return withHash(d, &corev1.Service{}, func(hash string) { d.WithAnnotations(map[string]string{annotationApplied: hash}) })
}

func (in Input) account() desired {
	s := in.Server
	d := core.ServiceAccount(AccountName(s.Name), s.Namespace).
		WithLabels(labels(s)).
		WithOwnerReferences(owner(s)).
		WithAutomountServiceAccountToken(false)
	return withHash(d, &corev1.ServiceAccount{}, func(hash string) { d.WithAnnotations(map[string]string{annotationApplied: hash}) })
}

func owner(s *v1beta1.MCPServer) *meta.OwnerReferenceApplyConfiguration {
	return meta.OwnerReference().WithAPIVersion(v1beta1.GroupVersion.String()).WithKind("MCPServer").
		WithName(s.Name).WithUID(s.UID).WithController(true).WithBlockOwnerDeletion(true)
}

func deploymentOverrides(s *v1beta1.MCPServer) *v1beta1.DeploymentOverrides {
	if o := s.Spec.ResourceOverrides; o != nil && o.ProxyDeployment != nil {
		return o.ProxyDeployment
	}
	return &v1beta1.DeploymentOverrides{}
}

// foreign returns annotations without the names that the operator keeps its state in.
func foreign(annotations map[string]string) map[string]string {
	kept := maps.Clone(annotations)
	maps.DeleteFunc(kept, func(name, _ string) bool { return strings.HasPrefix(name, annotationPrefix) })
	return kept
}

func nonEmpty(annotations map[string]string) map[string]string {
	maps.DeleteFunc(annotations, func(_, value string) bool { return value == "" })
	return annotations
}
