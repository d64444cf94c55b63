package plan

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
)

// maxMessage is the maximum length of a condition's message, in bytes.
const maxMessage = 4096

// The reasons of the condition Ready.
const (
	ReasonAvailable   = "Available"
	ReasonProgressing = "Progressing"
	ReasonStuck       = "ProgressDeadlineExceeded"
	ReasonScaledDown  = "ScaledToZero"
	ReasonTerminating = "Terminating"
)

// status returns the new status, which keeps the unchanged parts of the old one.
func (v *verdicts) status(in Input, refs []reference) v1beta1.MCPServerStatus {
	st := *in.Server.Status.DeepCopy()
	st.ObservedGeneration = in.Server.Generation
	st.URL = url(in.Server)
	st.SecretRefs = refStatuses(in, refs)
	set := func(kind string, verdict verdict) { SetCondition(&st.Conditions, kind, in, verdict) }
	set(v1beta1.ConditionSecretsResolved, v.secrets)
	set(v1beta1.ConditionRequirementsMet, v.requirements)
	set(v1beta1.ConditionExternalAuth, v.auth)
	set(v1beta1.ConditionPodTemplate, v.template)
	phase, ready := v.ready(in)
	st.Phase = phase
	set(v1beta1.ConditionReady, ready)
	return st
}

// SetCondition sets the condition kind of in's server to v. A skipped verdict removes
// the condition, and an unknown one leaves it unchanged.
func SetCondition(conditions *[]metav1.Condition, kind string, in Input, v verdict) {
	switch {
	case v.skip:
		meta.RemoveStatusCondition(conditions, kind)
		return
	case !v.known:
		return
	}
	status := metav1.ConditionFalse
	if v.ok {
		status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: kind, Status: status, Reason: v.reason, Message: v.message[:min(len(v.message), maxMessage)],
		ObservedGeneration: in.Server.Generation, LastTransitionTime: metav1.NewTime(in.Now.Truncate(time.Second)),
	})
}

// ready returns the phase and the verdict of the condition Ready.
func (v *verdicts) ready(in Input) (string, verdict) {
	runs := ""
	if in.Deployment != nil && v.names.ok {
		runs = "; the running pods are left unchanged"
	}
	switch {
	case !v.names.ok:
		return v1beta1.PhaseFailed, v.names
	case !v.secrets.ok:
		return v1beta1.PhasePending, no(v.secrets.reason, v.secrets.message+runs)
	case !v.requirements.ok:
		return v1beta1.PhasePending, no("RequirementsMissing", v.requirements.message+runs)
	case !v.auth.ok && !v.auth.skip:
		return v1beta1.PhasePending, no("ExternalAuthConfigInvalid", v.auth.message+runs)
	case !v.template.ok:
		return v1beta1.PhaseFailed, no("PodTemplateInvalid", v.template.message+runs)
	case in.Deployment == nil:
		return v1beta1.PhasePending, no(ReasonProgressing, "the Deployment is being created")
	}
	return available(in.Server, in.Deployment)
}

// available derives the phase and the verdict from the Deployment's conditions.
func available(s *v1beta1.MCPServer, d *appsv1.Deployment) (string, verdict) {
	isAvailable, progresses := condition(d, appsv1.DeploymentAvailable), condition(d, appsv1.DeploymentProgressing)
	wanted := int32(1)
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	switch {
	case wanted == 0:
		return v1beta1.PhasePending, no(ReasonScaledDown, "scaled to zero (replicas is 0)")
	case progresses != nil && progresses.Status == corev1.ConditionFalse && progresses.Reason == ReasonStuck:
		return v1beta1.PhaseFailed, no(ReasonStuck, fmt.Sprintf("%s (see: kubectl describe pods -n %s -l %s=%s)", progresses.Message, s.Namespace, LabelInstance, s.Name))
	case isAvailable != nil && isAvailable.Status == corev1.ConditionTrue:
		return v1beta1.PhaseReady, yes(ReasonAvailable, "the server is available"+attach(s))
	}
	return v1beta1.PhasePending, no(ReasonProgressing, fmt.Sprintf("the pods are not available yet (see: kubectl describe pods -n %s -l %s=%s)", s.Namespace, LabelInstance, s.Name))
}

func condition(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == kind {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

// attach returns how to reach a server that uses its standard streams.
func attach(s *v1beta1.MCPServer) string {
	if s.Spec.Listens() {
		return ""
	}
	return fmt.Sprintf(" over its standard streams; attach with: kubectl attach -i -n %s deploy/%s -c mcp", s.Namespace, DeploymentName(s.Name))
}

func url(s *v1beta1.MCPServer) string {
	paths := map[string]string{v1beta1.TransportSSE: "/sse", v1beta1.TransportStreamableHTTP: "/mcp"}
	if !s.Spec.Listens() {
		return ""
	}
	return fmt.Sprintf("http://%s.%s.svc:%d%s", ServiceName(s.Name), s.Namespace, s.Spec.ServicePort(), paths[s.Spec.Transport])
}

// terminating returns the status of a server that is being deleted. Its objects are
// garbage collected with it, by their owner references.
func terminating(in Input) v1beta1.MCPServerStatus {
	st := *in.Server.Status.DeepCopy()
	st.Phase, st.ObservedGeneration = v1beta1.PhaseTerminating, in.Server.Generation
	SetCondition(&st.Conditions, v1beta1.ConditionReady, in, no(ReasonTerminating, "the server is being deleted"))
	return st
}

func refStatuses(in Input, refs []reference) []v1beta1.SecretRefStatus {
	before := map[string]v1beta1.SecretRefStatus{}
	for _, r := range in.Server.Status.SecretRefs {
		before[r.Target] = r
	}
	live := liveOf(in.Deployment).Observed
	var all []v1beta1.SecretRefStatus
	for _, r := range refs {
		st := v1beta1.SecretRefStatus{Target: r.target.String(), SecretName: r.secret, Key: r.key, State: r.state}
		if !r.missing() {
			st.LastChanged = lastChanged(in, r, before[st.Target], live)
		}
		all = append(all, st)
	}
	return all
}

// lastChanged returns the time at which this process saw the value change. If it saw
// no change, it is the time in the status, unless the value or the reference is not
// the one that the Deployment was made with: then it is now.
func lastChanged(in Input, r reference, before v1beta1.SecretRefStatus, live rotation.Observed) *metav1.Time {
	if !r.fingerprint.Since.IsZero() {
		return &metav1.Time{Time: r.fingerprint.Since}
	}
	changed := len(observed(in.KeyID, []reference{r}).Changed(live)) > 0
	same := before.SecretName == r.secret && before.Key == r.key
	if before.LastChanged != nil && same && !changed {
		return before.LastChanged
	}
	return &metav1.Time{Time: in.Now.Truncate(time.Second)}
}
