package docker_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/thv-secrets/thv/adapters/docker"
	"github.com/thv-secrets/thv/core/workload"
)

func Example() {
	runtime, err := docker.New(docker.Config{Hosts: []string{"unix:///var/run/docker.sock"}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	process, err := runtime.Start(ctx,
		workload.Spec{Image: "debian:stable", Command: []string{"printenv", "GREETING"}},
		workload.NewEnvironment(map[string]string{"GREETING": "hello"}),
		workload.Streams{Out: os.Stdout, Err: os.Stderr, Progress: os.Stderr})
	if err != nil {
		log.Fatal(err)
	}
	status, err := process.Wait(ctx)
	fmt.Println(status, err, runtime.Close())
}
