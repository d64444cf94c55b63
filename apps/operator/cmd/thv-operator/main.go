// Command thv-operator runs MCPServers in a cluster with the secrets they need.
package main

import (
	"fmt"
	"log/slog"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/thv-secrets/thv/apps/operator/internal/compose"
)

// version is set by the linker.
var version = "devel"

func main() {
	options, err := parse(os.Args[1:])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "thv-operator:", err)
		os.Exit(2)
	case options.version:
		fmt.Println("thv-operator", version)
	default:
		os.Exit(run(options))
	}
}

func run(f flags) int {
	if os.Getenv("GOGC") == "" {
		compose.SaveMemory()
	}
	log := newLog(f.level)
	if err := serve(f, log); err != nil {
		log.Error("the operator failed", "error", err)
		return 1
	}
	return 0
}

func serve(f flags, log *slog.Logger) error {
	config, err := compose.Connect(f.Options)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	operator, err := compose.New(ctx, f.Options, config, log)
	if err != nil {
		return err
	}
	log.Info("starting", "version", version, "namespaces", f.WatchNamespaces)
	return operator.Run(ctx)
}
