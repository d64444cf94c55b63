// Command crdversions completes the CRDs that controller-gen generates from package
// api/v1beta1: it adds the version v1alpha1 with the same schema, and names each file
// after its resource.
//
//	crdversions FROM-DIRECTORY TO-DIRECTORY
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const header = "# Made by hack/generate.sh of apps/operator/api; do not edit.\n"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: crdversions FROM-DIRECTORY TO-DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "crdversions:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	paths, err := filepath.Glob(filepath.Join(from, "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := complete(path, to); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func complete(path, to string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		return err
	}
	if len(crd.Spec.Versions) != 1 {
		return fmt.Errorf("got %d versions, want one", len(crd.Spec.Versions))
	}
	older := *crd.Spec.Versions[0].DeepCopy()
	older.Name, older.Storage = "v1alpha1", false
	crd.Spec.Versions = append(crd.Spec.Versions, older)
	crd.Spec.Conversion = &apiextensionsv1.CustomResourceConversion{Strategy: apiextensionsv1.NoneConverter}
	made, err := withoutStatus(crd)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, crd.Spec.Names.Plural+".yaml"), append([]byte(header), made...), 0o644) //nolint:gosec // a file of the repository
}

// withoutStatus returns the CRD's YAML without the status, which the API server
// writes.
func withoutStatus(crd apiextensionsv1.CustomResourceDefinition) ([]byte, error) {
	text, err := json.Marshal(crd)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	delete(fields, "status")
	return yaml.Marshal(fields)
}
