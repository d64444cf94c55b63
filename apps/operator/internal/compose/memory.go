package compose

import (
	"context"
	"runtime/debug"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
)

const (
	// gcPercent trades a little CPU time for memory.
	gcPercent = 50
	// settled is the time allowed for the first reconciliation of all objects.
	settled = 5 * time.Second
)

// SaveMemory makes the garbage collector run more often. It is for main, if GOGC is
// not set.
func SaveMemory() { debug.SetGCPercent(gcPercent) }

// tidy returns memory to the system after the first list of Secrets: the metadata of
// all Secrets are received but little of them is kept, and an idle process would not
// release the rest.
type tidy struct{ manager ctrl.Manager }

// Start runs once, when the controllers' cache of Secrets is filled.
func (t tidy) Start(ctx context.Context) error {
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if _, err := t.manager.GetCache().GetInformer(ctx, secrets); err != nil {
		// The controllers need the cache too, and report the error.
		return nil //nolint:nilerr // see above
	}
	// The controllers then reconcile each object once.
	select {
	case <-ctx.Done():
	case <-time.After(settled):
		debug.FreeOSMemory()
	}
	return nil
}
