package workload_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// A RunConfig holds references. A field that is not known here is kept.
func ExampleReadSpec() {
	spec, err := workload.ReadSpec(strings.NewReader(`{
		"name": "weather", "image": "example/weather:1", "secrets": ["api-key,target=API_KEY"], "later": true
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(spec.Image, spec.Secrets, spec.Unknown())
	spec.ReadOnly = true
	_ = workload.WriteSpec(os.Stdout, spec)
	// Output:
	// example/weather:1 [api-key,target=API_KEY] [later]
	// {
	//   "schema_version": "v0.1.0",
	//   "name": "weather",
	//   "image": "example/weather:1",
	//   "secrets": [
	//     "api-key,target=API_KEY"
	//   ],
	//   "read_only": true,
	//   "later": true
	// }
}

// An Environment is printed without its values.
func ExampleEnvironment() {
	environment := workload.NewEnvironment(map[string]string{"UNITS": "metric"})
	if err := environment.SetSecret("API_KEY", secret.NewValue([]byte("s3cr3t"))); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(environment.Names())
	fmt.Println(environment)
	fmt.Println(len(environment.Strings()), "variables for the process")
	// Output:
	// [API_KEY UNITS]
	// environment of [API_KEY UNITS]
	// 2 variables for the process
}

// A volume is parsed once, by flags, files and engines alike.
func ExampleParseVolume() {
	volume, err := workload.ParseVolume("/srv/data:/data:ro")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s at %s, read-only: %v\n", volume.Source, volume.Target, volume.ReadOnly)
	_, err = workload.ParseVolume("/srv/data")
	fmt.Println(err)
	// Output:
	// /srv/data at /data, read-only: true
	// it is not HOST:CONTAINER[:OPTION,…]
}
