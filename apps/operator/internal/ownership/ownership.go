// Package ownership checks that the CRDs of a cluster belong to this operator. ToolHive
// has CRDs of the same names with other fields: this operator would misread its
// objects, and ignore fields that protect them.
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
	// Annotation marks the CRDs of this operator.
	Annotation = "thv-secrets.dev/schema"
	// Schema is the annotation's value: the version of the CRDs that this operator
	// reads.
	Schema = "1"
	// category is a category that only the CRDs of this operator have.
	category = "thv"
)

// ErrForeign is the error for CRDs that do not belong to this operator.
var ErrForeign = errors.New("not this operator's CRDs")

var resources = []string{"mcpservers", "mcpexternalauthconfigs"}

// Check returns nil if both CRDs are installed and belong to this operator, and
// otherwise an error that wraps [ErrForeign] or the error of a request. If the
// operator may not read CRDs, as in an installation for some namespaces only, it
// checks the category instead, which discovery shows to every account.
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
		return fmt.Errorf("cannot check whether the CRD %s is installed: %w", name, err)
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
	return fmt.Errorf("%w: the CRD %s belongs to another operator, or to another version (it lacks the annotation %s: %q). "+
		"To proceed: save its objects (kubectl get %s -A -o yaml), remove that operator and the CRD, which deletes them, "+
		"install the CRDs that came with this operator, and apply the saved objects again with kubectl apply --validate=strict, "+
		"which names the fields that this operator does not support", ErrForeign, name, Annotation, Schema, name)
}
