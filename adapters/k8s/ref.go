package k8s

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/thv-secrets/thv/core/secret"
)

const form = Scheme + "://namespace/secret/key"

// object names a Secret.
type object struct{ namespace, secret string }

// name is the target of a reference: a key of a Secret.
type name struct {
	object
	key string
}

// parse parses a reference. It refuses names that are not valid in Kubernetes, without a
// request.
func parse(ref secret.Ref) (name, error) {
	switch {
	case ref.Bare():
		return name{}, bare()
	case ref.Scheme() != Scheme:
		return name{}, invalid("the Kubernetes provider takes")
	}
	parts, err := ref.Segments()
	switch {
	case strings.Count(ref.Path(), "/") != 2:
		return name{}, invalid("a reference to a Kubernetes Secret has three parts, as in")
	case err != nil:
		return name{}, invalid("a percent sign is followed by two hexadecimal digits in")
	}
	n := name{object{parts[0], parts[1]}, parts[2]}
	return n, n.check()
}

func (n name) check() error {
	switch {
	case !isNamespace(n.namespace):
		return invalid("the namespace is no DNS label (1 to 63 of a-z, 0-9 and '-', with a letter or digit at both ends) in")
	case len(validation.IsDNS1123Subdomain(n.secret)) > 0:
		return invalid("the Secret's name is no DNS subdomain (1 to 253 of a-z, 0-9, '-' and '.', with a letter or digit at both ends) in")
	case len(validation.IsConfigMapKey(n.key)) > 0:
		return invalid("the key is not valid in a Secret (1 to 253 of a-z, A-Z, 0-9, '-', '_' and '.', not beginning with '..') in")
	}
	return nil
}

func isNamespace(text string) bool { return len(validation.IsDNS1123Label(text)) == 0 }

// String returns the reference that parse reads as n. Valid parts need no escaping.
func (n name) String() string {
	return Scheme + "://" + n.namespace + "/" + n.secret + "/" + n.key
}
