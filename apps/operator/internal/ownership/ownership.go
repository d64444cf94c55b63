// Package ownership sees that the CRDs of a cluster are this operator's own. The
// system that it succeeds has CRDs of the same names with other fields: its objects
// would be misread, and fields that protect would be passed over.
package ownership

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

const (
	// Annotation on a CRD says that it is the operator's own.
	Annotation = "thv-secrets.dev/schema"
	// Schema is its value: the make of the CRDs that this operator reads.
	Schema = "1"
	// category is one that only the operator's own CRDs are in.
	category = "thv"
)

// ErrForeign is the error for CRDs that are not the operator's.
var ErrForeign = errors.New("not this operator's CRDs")

var resources = []string{"mcpservers", "mcpexternalauthconfigs"}

// Check returns nil where both CRDs are there and the operator's own. An account
// that may not read CRDs, as in an installation for some namespaces only, is told
// by the category that discovery shows to all.
func Check(ctx context.Context, c client.Reader, d discovery.DiscoveryInterface) error {
	for _, resource := range resources {
		name := resource + "." + v1beta1.Group
		crd := &metav1.PartialObjectMetadata{}
		crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
		err := c.Get(ctx, client.ObjectKey{Name: name}, crd)
		switch {
		case apierrors.IsForbidden(err):
			err = discovered(d, resource, name)
		case apierrors.IsNotFound(err):
			err = absent(name)
		case err == nil && crd.Annotations[Annotation] != Schema:
			err = foreign(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func discovered(d discovery.DiscoveryInterface, resource, name string) error {
	list, err := d.ServerResourcesForGroupVersion(v1beta1.GroupVersion.String())
	if apierrors.IsNotFound(err) {
		return absent(name)
	}
	if err != nil {
		return fmt.Errorf("cannot see whether the CRD %s is installed: %w", name, err)
	}
	for _, r := range list.APIResources {
		if r.Name == resource {
			if slices.Contains(r.Categories, category) {
				return nil
			}
			return foreign(name)
		}
	}
	return absent(name)
}

func absent(name string) error {
	return fmt.Errorf("%w: there is no CRD %s; install the CRDs that came with this operator (kubectl apply --server-side -f config/crd), then start it again", ErrForeign, name)
}

func foreign(name string) error {
	return fmt.Errorf("%w: the CRD %s is another program's, or of another version (it has no annotation %s: %q). "+
		"To proceed: save its objects (kubectl get %s -A -o yaml), remove that program and the CRD, which deletes them, "+
		"install the CRDs that came with this operator, and apply the saved objects again with kubectl apply --validate=strict, "+
		"which names the fields that have no meaning here", ErrForeign, name, Annotation, Schema, name)
}
