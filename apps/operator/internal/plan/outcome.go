package plan

import "github.com/thv-secrets/thv/apps/operator/api/v1beta1"

// The reasons for which the server of the API may refuse objects.
const (
	ReasonRejected             = "Rejected"
	ReasonForbidden            = "Forbidden"
	ReasonNamespaceTerminating = "NamespaceTerminating"
)

// Rejected has the status say that the API server takes the objects for invalid,
// in its words. Nothing but another spec can change that.
func (r *Result) Rejected(in Input, refusal string) {
	message := "the API server rejects what follows from the spec: " + refusal
	SetCondition(&r.Status.Conditions, v1beta1.ConditionPodTemplate, in, no(ReasonRejected, message))
	r.fail(in, no(ReasonRejected, message), v1beta1.PhaseFailed)
}

// Forbidden has the status say that the operator may not make the objects, or that
// the cluster's admission does not admit them.
func (r *Result) Forbidden(in Input, refusal string) {
	r.fail(in, no(ReasonForbidden, "the API server does not let the operator make the server's objects: "+refusal), v1beta1.PhasePending)
}

// NamespaceTerminating has the status say that nothing can be made any more.
func (r *Result) NamespaceTerminating(in Input) {
	r.fail(in, no(ReasonNamespaceTerminating, "the namespace is being deleted"), v1beta1.PhaseTerminating)
}

func (r *Result) fail(in Input, v verdict, phase string) {
	SetCondition(&r.Status.Conditions, v1beta1.ConditionReady, in, v)
	r.Status.Phase = phase
	r.Creates = false
	r.Rotated = nil
	r.RequeueAfter = 0
}
