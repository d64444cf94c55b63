package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

// Finalizer delays the deletion of a configuration while servers use it. An unused
// configuration does not have it, and is deleted at once.
const Finalizer = "thv-secrets.dev/in-use"

// AuthConfigs reconciles MCPExternalAuthConfigs. All fields are required.
type AuthConfigs struct {
	Client client.Client
	Events events.EventRecorder
	Now    func() time.Time
}

// Reconcile writes to the status which servers use a configuration, and sets
// [Finalizer] while one does.
func (r *AuthConfigs) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	return ctrl.Result{}, unlessStopped(ctx, r.reconcile(ctx, request))
}

func (r *AuthConfigs) reconcile(ctx context.Context, request ctrl.Request) error {
	var auth v1beta1.MCPExternalAuthConfig
	if err := r.Client.Get(ctx, request.NamespacedName, &auth); err != nil {
		return client.IgnoreNotFound(err)
	}
	list, err := users(ctx, r.Client, auth.Namespace, auth.Name)
	if err != nil {
		return err
	}
	var names []string
	for i := range list {
		if list[i].DeletionTimestamp == nil {
			names = append(names, list[i].Name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 || auth.DeletionTimestamp == nil || len(auth.Finalizers) > 1 || !controllerutil.ContainsFinalizer(&auth, Finalizer) {
		if err := r.updateStatus(ctx, &auth, names); err != nil {
			return err
		}
	}
	return r.setFinalizer(ctx, &auth, len(names) > 0)
}

// setFinalizer adds the finalizer to a configuration in use, and removes it from an unused
// one. It cannot be added to a configuration that is being deleted.
func (r *AuthConfigs) setFinalizer(ctx context.Context, auth *v1beta1.MCPExternalAuthConfig, used bool) error {
	has := controllerutil.ContainsFinalizer(auth, Finalizer)
	if has == used || used && auth.DeletionTimestamp != nil {
		return nil
	}
	before := auth.DeepCopy()
	if used {
		controllerutil.AddFinalizer(auth, Finalizer)
	} else {
		controllerutil.RemoveFinalizer(auth, Finalizer)
	}
	return client.IgnoreNotFound(r.Client.Patch(ctx, auth, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})))
}

func (r *AuthConfigs) updateStatus(ctx context.Context, auth *v1beta1.MCPExternalAuthConfig, users []string) error {
	before := auth.DeepCopy()
	auth.Status.ObservedGeneration = auth.Generation
	for _, c := range []metav1.Condition{
		{Type: v1beta1.ConditionValid, Status: metav1.ConditionTrue, Reason: "Accepted", Message: "the configuration is complete"},
		inUse(users, auth.DeletionTimestamp != nil),
	} {
		c.ObservedGeneration, c.LastTransitionTime = auth.Generation, metav1.NewTime(r.Now().Truncate(time.Second))
		meta.SetStatusCondition(&auth.Status.Conditions, c)
	}
	if equality.Semantic.DeepEqual(before.Status, auth.Status) {
		return nil
	}
	err := r.Client.Status().Patch(ctx, auth, client.MergeFrom(before))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil && len(users) > 0 && auth.DeletionTimestamp != nil {
		announceKept(r.Events, auth, before.Status.Conditions)
	}
	return err
}

func inUse(users []string, deleted bool) metav1.Condition {
	const most = 10
	names := strings.Join(users[:min(len(users), most)], ", ")
	if len(users) > most {
		names += fmt.Sprintf(" and %d more", len(users)-most)
	}
	switch {
	case len(users) == 0:
		return metav1.Condition{Type: v1beta1.ConditionInUse, Status: metav1.ConditionFalse, Reason: "Unused", Message: "no MCPServer refers to this configuration"}
	case deleted:
		return metav1.Condition{Type: v1beta1.ConditionInUse, Status: metav1.ConditionTrue, Reason: "DeletionWaits", Message: "the deletion waits until these MCPServers no longer refer to this configuration: " + names}
	}
	return metav1.Condition{Type: v1beta1.ConditionInUse, Status: metav1.ConditionTrue, Reason: "Used", Message: "these MCPServers refer to this configuration: " + names}
}

func announceKept(to events.EventRecorder, auth *v1beta1.MCPExternalAuthConfig, before []metav1.Condition) {
	now := meta.FindStatusCondition(auth.Status.Conditions, v1beta1.ConditionInUse)
	if was := meta.FindStatusCondition(before, v1beta1.ConditionInUse); now != nil && (was == nil || was.Reason != now.Reason) {
		recordEvent(to, auth, "Warning", now.Reason, "Delete", now.Message)
	}
}
