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
	// gcPercent trades a little CPU, of which there is plenty, for memory.
	gcPercent = 50
	// settled is how long the first look at all that is there may take.
	settled = 5 * time.Second
)

// SaveMemory has the garbage collector run earlier than it would by itself. It is
// for the program's main, where GOGC does not say otherwise.
func SaveMemory() { debug.SetGCPercent(gcPercent) }

// tidy gives back to the system what the first list of Secrets has left behind:
// the metadata of all of them come, of which little is kept, and a process that
// then idles would keep the room for it.
type tidy struct{ manager ctrl.Manager }

// Start runs once, when the controllers' cache of Secrets is filled.
func (t tidy) Start(ctx context.Context) error {
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if _, err := t.manager.GetCache().GetInformer(ctx, secrets); err != nil {
		// The controllers, which need it, say why.
		return nil //nolint:nilerr // see above
	}
	// The controllers look at each of them once more.
	select {
	case <-ctx.Done():
	case <-time.After(settled):
		debug.FreeOSMemory()
	}
	return nil
}
