package plan

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
)

// deniedRetry is the wait before a Secret that may not be read is tried again, since
// no event reports a change of permissions.
const deniedRetry = time.Minute

// Input is everything that a decision depends on. [Decide] does not change it.
type Input struct {
	Server *v1beta1.MCPServer
	// Auth is the configuration that the server refers to; nil if there is no such
	// object.
	Auth *v1beta1.MCPExternalAuthConfig
	// Secrets are the states of the Secrets that [SecretNames] returns.
	Secrets map[string]SecretState
	// The existing objects with the names of the server's objects, also those of other
	// owners; nil if they do not exist.
	Deployment *appsv1.Deployment
	Service    *corev1.Service
	Account    *corev1.ServiceAccount
	// KeyID names the key of the fingerprints.
	KeyID string
	Now   time.Time
	// Interval is the default of spec.minRestartInterval.
	Interval time.Duration
}

// Result is what to do.
type Result struct {
	// Apply are the objects to apply, in this order.
	Apply []runtime.ApplyConfiguration
	// Delete are objects of the server that it no longer needs.
	Delete []client.Object
	// Creates is true if the Deployment does not exist yet, so that its creation will
	// cause another reconciliation.
	Creates bool
	Status  v1beta1.MCPServerStatus
	// Unresolved is the number of references that keep the server from starting.
	Unresolved int
	// Rotated are the references whose change restarts the pods.
	Rotated []string
	// RequeueAfter is the time after which to reconcile without an event; zero for never.
	RequeueAfter time.Duration
}

// Decide returns the objects and the status for a server.
func Decide(in Input) Result {
	if in.Server.DeletionTimestamp != nil {
		return Result{Status: terminating(in)}
	}
	refs := references(in)
	c := newVerdicts(in, refs)
	result := Result{Unresolved: len(unresolved(refs))}
	if denied(refs) {
		result.RequeueAfter = deniedRetry
	}
	if c.allOK() {
		c.template = result.converge(in, refs)
	}
	result.Status = c.status(in, refs)
	return result
}

// converge adds the objects to apply and to delete to r, and returns the verdict on
// the pod template.
func (r *Result) converge(in Input, refs []reference) verdict {
	current := observed(in.KeyID, refs)
	template, err := in.template(refs, "")
	if err != nil {
		return no("Invalid", withoutClass(err))
	}
	hash := digest(template)
	live := liveOf(in.Deployment)
	decision := rotation.Decide(in.Now, current, live, rotation.Policy{
		Restart:  in.Server.Spec.SecretRotation != v1beta1.RotationNone,
		Interval: in.interval(),
		Replaced: annotation(in.Deployment, annotationTemplate) != hash,
	})
	if template, err = in.template(refs, decision.Token); err != nil {
		return no("Invalid", withoutClass(err))
	}
	remembered := current
	if decision.RetryAfter > 0 {
		// A restart that waits must still find the change when its time has come.
		remembered = live.Observed
	}
	deployment := in.deployment(template, map[string]string{
		annotationObserved: remembered.String(), annotationTemplate: hash, annotationRotatedAt: formatTime(decision.RotatedAt),
	})
	r.objects(in, deployment)
	r.Rotated = decision.Changed
	if decision.RetryAfter > 0 {
		r.RequeueAfter = decision.RetryAfter
	}
	return yes("Valid", "the pod template is valid")
}

// objects adds the objects to apply and to delete.
func (r *Result) objects(in Input, deployment desired) {
	r.Creates = in.Deployment == nil
	s := in.Server
	if s.Spec.ServiceAccount == "" {
		r.applyIfDifferent(in.account(), asObject(in.Account))
	} else if in.Account != nil && owned(s, in.Account) {
		r.Delete = append(r.Delete, in.Account)
	}
	if s.Spec.Listens() {
		r.applyIfDifferent(in.service(), asObject(in.Service))
	} else if in.Service != nil && owned(s, in.Service) {
		r.Delete = append(r.Delete, in.Service)
	}
	r.applyIfDifferent(deployment, asObject(in.Deployment))
}

func (r *Result) applyIfDifferent(d desired, live client.Object) {
	if d.differs(live) {
		r.Apply = append(r.Apply, d.config)
	}
}

func (in Input) interval() time.Duration {
	if given, err := time.ParseDuration(in.Server.Spec.MinRestartInterval); err == nil {
		return given
	}
	return in.Interval
}

func liveOf(d *appsv1.Deployment) rotation.Live {
	if d == nil {
		return rotation.Live{}
	}
	rotated, _ := time.Parse(time.RFC3339, d.Annotations[annotationRotatedAt])
	return rotation.Live{
		Token:     d.Spec.Template.Annotations[AnnotationSecrets],
		Observed:  rotation.ParseObserved(d.Annotations[annotationObserved]),
		RotatedAt: rotated,
	}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func annotation(d *appsv1.Deployment, name string) string {
	if d == nil {
		return ""
	}
	return d.Annotations[name]
}

func denied(refs []reference) bool {
	for _, r := range refs {
		if r.state == v1beta1.StateAccessDenied {
			return true
		}
	}
	return false
}
