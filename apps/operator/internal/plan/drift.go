package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

// desired is an object as it should be.
type desired struct {
	config runtime.ApplyConfiguration
	// fields are the fields of config in the form in which the API server returns them.
	fields map[string]any
	hash   string
}

// withHash adds a hash of the object to it by calling remember, so that the removal of
// a field from the spec is detected later.
func withHash(config runtime.ApplyConfiguration, as client.Object, remember func(hash string)) desired {
	hash := digest(config)
	remember(hash)
	return desired{config: config, fields: jsonFields(config, as), hash: hash}
}

// differs reports whether the object has to be applied: it does not exist, was made
// from another configuration, or lacks a field that was applied. Fields that other
// clients have added do not count.
func (d desired) differs(live client.Object) bool {
	if live == nil {
		return true
	}
	return live.GetAnnotations()[annotationApplied] != d.hash || !contains(jsonFields(live, nil), d.fields)
}

// jsonFields returns the JSON fields of an object. With a typed object in as, it is
// decoded into that first, so that quantities have their canonical form and empty
// fields are omitted.
func jsonFields(from any, as client.Object) map[string]any {
	var fields map[string]any
	text, err := json.Marshal(from)
	if err == nil && as != nil {
		if err = json.Unmarshal(text, as); err == nil {
			text, err = json.Marshal(as)
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return map[string]any{}
	}
	// Typed objects from a cache lack their kind, and no desired object has a status.
	for _, key := range []string{"kind", "apiVersion", "status"} {
		delete(fields, key)
	}
	return fields
}

// contains reports whether live has all fields of want. In a list of objects each
// element of want must be in live; other lists must be equal.
func contains(live, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		return containsFields(live, want)
	case []any:
		return containsElements(live, want)
	}
	return reflect.DeepEqual(live, want)
}

func containsFields(live any, want map[string]any) bool {
	have, ok := live.(map[string]any)
	if !ok {
		return len(want) == 0 && live == nil
	}
	for key, value := range want {
		if !contains(have[key], value) {
			return false
		}
	}
	return true
}

func containsElements(live any, want []any) bool {
	have, ok := live.([]any)
	if !ok {
		return len(want) == 0 && live == nil
	}
	for _, value := range want {
		if _, object := value.(map[string]any); !object {
			return reflect.DeepEqual(have, want)
		}
		if !containsElement(have, value) {
			return false
		}
	}
	return true
}

func containsElement(have []any, want any) bool {
	for _, each := range have {
		if contains(each, want) {
			return true
		}
	}
	return false
}

// digest returns a short hash of a desired object, which holds references and
// fingerprints but never values.
func digest(of any) string {
	text, err := json.Marshal(of)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// owned reports whether the object is controlled by this server, by its UID.
func owned(s *v1beta1.MCPServer, o client.Object) bool { return metav1.IsControlledBy(o, s) }

// asObject returns p as an interface that is nil if p is nil.
func asObject[T any, P interface {
	*T
	client.Object
}](p P) client.Object {
	if p == nil {
		return nil
	}
	return p
}
