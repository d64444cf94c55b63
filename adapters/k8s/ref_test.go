package k8s

import (
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestParse_ThreePartsPercentDecoded(t *testing.T) {
	long := strings.Repeat("a", 63)
	for text, want := range map[string]name{
		"k8s://default/github/token":                       {object{"default", "github"}, "token"},
		"k8s://a/b.c-d.e/.x":                               {object{"a", "b.c-d.e"}, ".x"},
		"k8s://1/2/_.-A9":                                  {object{"1", "2"}, "_.-A9"},
		"k8s://%64efault/git%68ub/%74oken%2Ejson":          {object{"default", "github"}, "token.json"},
		"k8s://" + long + "/" + long + "." + long + "/key": {object{long, long + "." + long}, "key"},
	} {
		got, err := parse(ref(t, text))
		if err != nil || got != want {
			t.Errorf("%s is %q, %v", text, got, err)
		}
	}
}

func TestParse_SaysWhatIsWrongAndTheForm(t *testing.T) {
	for text, want := range map[string]string{
		"other://a/b/c":                             "the Kubernetes provider takes",
		"k8s://Canary":                              "three parts",
		"k8s://Canary/b":                            "three parts",
		"k8s://Canary/b/c/d":                        "three parts",
		"k8s://Canary/b/c/":                         "three parts",
		"k8s:///canary/c":                           "namespace",
		"k8s://Canary/b/c":                          "namespace",
		"k8s://a.canary/b/c":                        "namespace",
		"k8s://-canary/b/c":                         "namespace",
		"k8s://a%2Fcanary/b/c":                      "namespace",
		"k8s://" + strings.Repeat("a", 64) + "/b/c": "namespace",
		"k8s://a//canary":                           "Secret's name",
		"k8s://a/Canary/c":                          "Secret's name",
		"k8s://a/../canary":                         "Secret's name",
		"k8s://a/canary_/c":                         "Secret's name",
		"k8s://a/b%2f..%2fcanary/c":                 "Secret's name",
		"k8s://a/canary/":                           "the key",
		"k8s://a/b/canary?x":                        "the key",
		"k8s://a/b/canary#x":                        "the key",
		"k8s://a/b/canary%00":                       "the key",
		"k8s://a/b/canary%2Fx":                      "the key",
		"k8s://a/b/kanäryCanary":                    "the key",
		"k8s://a/b/..":                              "the key",
		"k8s://a/b/..canary":                        "the key",
		"k8s://a/b/" + strings.Repeat("x", 254):     "the key",
		"k8s://a/b/canary%zz":                       "percent sign",
	} {
		_, err := parse(ref(t, text))
		if !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), form) {
			t.Errorf("%s: %v", text, err)
		} else if strings.Contains(strings.ToLower(err.Error()), "canary") {
			t.Errorf("%s is repeated by %q", text, err)
		}
	}
}

func TestParse_BareNameIsNotFound(t *testing.T) {
	for _, text := range []string{"api-key", "a/b/c", "k8s:/a/b/c"} {
		if _, err := parse(ref(t, text)); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzParse: what is taken for a name is safe in a URL's path, and is read back
// from what List would call it.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Skip("core refuses it")
		}
		got, err := parse(ref)
		if err != nil {
			if errors.Is(err, secret.ErrInvalidRef) == errors.Is(err, secret.ErrNotFound) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, part := range []string{got.namespace, got.secret, got.key} {
			if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "/%?#\\ \x00") {
				t.Fatalf("%q is taken for %q", text, got)
			}
		}
		again, err := secret.ParseRef(got.String())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parse(again); err != nil || back != got {
			t.Fatalf("%q is read back as %q, %v", got, back, err)
		}
	})
}
