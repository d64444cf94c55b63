// Command detached is the baseline of thv run -d: the three calls of the Engine API
// that start a container in the background (a sign of life, create, start), made
// directly, and the start of one process.
//
//	detached HOST IMAGE NAME PROGRAM
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"

	"github.com/thv-secrets/thv/bench/internal/direct"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "detached:", err)
		os.Exit(1)
	}
}

func run(host, image, name, program string) error {
	if err := exec.Command(program).Start(); err != nil {
		return err
	}
	if _, err := direct.Call(host, http.MethodGet, "/_ping", nil, http.StatusOK); err != nil {
		return err
	}
	_, err := direct.Call(host, http.MethodPost, "/containers/create?name="+name, map[string]any{
		"Image": image, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true,
		"OpenStdin": true, "Env": []string{"API_KEY=secret"},
		"HostConfig": map[string]any{"AutoRemove": true, "NetworkMode": "none", "Init": true, "SecurityOpt": []string{"no-new-privileges"}, "LogConfig": map[string]string{"Type": "none"}},
	}, http.StatusCreated)
	if err != nil {
		return err
	}
	_, err = direct.Call(host, http.MethodPost, "/containers/"+name+"/start", nil, http.StatusNoContent)
	return err
}
