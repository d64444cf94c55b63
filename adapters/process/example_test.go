package process_test

import (
	"context"
	"fmt"
	"os"

	"github.com/thv-secrets/thv/adapters/process"
	"github.com/thv-secrets/thv/core/workload"
)

func Example() {
	runtime := process.New(process.Config{Environ: []string{"PATH=" + os.Getenv("PATH")}})
	spec := workload.Spec{Command: []string{"my-server"}}
	environment := workload.NewEnvironment(map[string]string{"API_KEY": "value"})
	started, err := runtime.Start(context.Background(), spec, environment, workload.Streams{Out: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	code, err := started.Wait(context.Background())
	fmt.Println(code, err)
}
