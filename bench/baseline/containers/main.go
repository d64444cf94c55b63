// Command containers is the baseline of thv list: one call of the Engine API that
// lists containers.
//
//	containers HOST
package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/thv-secrets/thv/bench/internal/direct"
)

func main() {
	list, err := direct.Call(os.Args[1], http.MethodGet, "/containers/json?all=1", nil, http.StatusOK)
	if err == nil {
		_, err = os.Stdout.Write(list)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "containers:", err)
		os.Exit(1)
	}
}
