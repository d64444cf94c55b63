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
	// fields are those of config as the server would show them.
	fields map[string]any
	hash   string
}

// withHash adds to the object a hash of itself, so that a field which is no
// longer asked for is seen to be too much.
func withHash(config runtime.ApplyConfiguration, as client.Object, remember func(hash string)) desired {
	hash := digest(config)
	remember(hash)
	return desired{config: config, fields: jsonFields(config, as), hash: hash}
}

// differs reports whether the object has to be applied: it is not there, was made
// of something else, or has lost something of what it was made of. What others
// have added to it does not count.
func (d desired) differs(live client.Object) bool {
	if live == nil {
		return true
	}
	return live.GetAnnotations()[annotationApplied] != d.hash || !contains(jsonFields(live, nil), d.fields)
}

// jsonFields is an object as JSON, by way of the typed object where there is one, which
// writes quantities in their one form and leaves empty fields out.
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
	// The typed objects of a cache do not know their kinds, and no spec has status.
	for _, key := range []string{"kind", "apiVersion", "status"} {
		delete(fields, key)
	}
	return fields
}

// contains reports whether live has all that want has. Of a list of objects each
// has to be in live, of any other list all and nothing else.
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

// digest is a short hash of what is asked for. It is over references and
// fingerprints, never over values.
func digest(of any) string {
	text, err := json.Marshal(of)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// owned reports whether the object was made of this very server.
func owned(s *v1beta1.MCPServer, o client.Object) bool { return metav1.IsControlledBy(o, s) }

// asObject returns p as an object, and nil for a nil pointer.
func asObject[T any, P interface {
	*T
	client.Object
}](p P) client.Object {
	if p == nil {
		return nil
	}
	return p
}
