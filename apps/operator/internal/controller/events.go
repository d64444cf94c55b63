package controller

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
)

// maxEventNote is the maximum length of an event's note in the API, in bytes.
const maxEventNote = 1000

// unannounced are the reasons without an event: they are expected, or another condition
// reports them.
var unannounced = map[string]bool{plan.ReasonProgressing: true, plan.ReasonTerminating: true, plan.ReasonScaledDown: true, plan.ReasonNamespaceTerminating: true}

// announce records an event for each condition whose status or reason has changed,
// but not for a change of the message alone.
func announce(to events.EventRecorder, about runtime.Object, before, after []metav1.Condition) {
	readyTells := failed(after) == 0
	for _, now := range after {
		was := meta.FindStatusCondition(before, now.Type)
		switch {
		case was != nil && was.Status == now.Status && was.Reason == now.Reason:
		case unannounced[now.Reason]:
		case now.Status == metav1.ConditionFalse && (now.Type != v1beta1.ConditionReady || readyTells):
			recordEvent(to, about, corev1.EventTypeWarning, now.Reason, "Check", now.Message)
		case now.Status == metav1.ConditionTrue && (was != nil && was.Status == metav1.ConditionFalse):
			recordEvent(to, about, corev1.EventTypeNormal, now.Type, "Check", now.Message)
		}
	}
}

// failed counts the conditions that are False, except Ready, which sums them up.
func failed(conditions []metav1.Condition) int {
	n := 0
	for _, c := range conditions {
		if c.Type != v1beta1.ConditionReady && c.Status == metav1.ConditionFalse {
			n++
		}
	}
	return n
}

func announceRotation(to events.EventRecorder, about runtime.Object, refs []string) {
	recordEvent(to, about, corev1.EventTypeNormal, "SecretChanged", "Restart", "replacing the pods because these keys of Secrets have changed: "+strings.Join(refs, ", "))
}

func recordEvent(to events.EventRecorder, about runtime.Object, kind, reason, action, text string) {
	to.Eventf(about, nil, kind, reason, action, "%s", text[:min(len(text), maxEventNote)])
}
