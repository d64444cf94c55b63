package plan

import "github.com/thv-secrets/thv/apps/operator/api/v1beta1"

// The reasons for which the API server may refuse objects.
const (
	ReasonRejected             = "Rejected"
	ReasonForbidden            = "Forbidden"
	ReasonNamespaceTerminating = "NamespaceTerminating"
)

// Rejected sets the status of a server whose objects the API server rejects as
// invalid; refusal is its error. Only a change of the spec can help.
func (r *Result) Rejected(in Input, refusal string) {
	message := "the API server rejects the objects made from the spec: " + refusal
	SetCondition(&r.Status.Conditions, v1beta1.ConditionPodTemplate, in, no(ReasonRejected, message))
	r.fail(in, no(ReasonRejected, message), v1beta1.PhaseFailed)
}

// Forbidden sets the status of a server whose objects the operator may not create,
// because of its permissions or of an admission controller.
func (r *Result) Forbidden(in Input, refusal string) {
	r.fail(in, no(ReasonForbidden, "the API server forbids the operator to create the server's objects: "+refusal), v1beta1.PhasePending)
}

// NamespaceTerminating sets the status of a server in a namespace that is being
// deleted, so that nothing can be created in it.
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
