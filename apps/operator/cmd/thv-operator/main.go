// Command thv-operator runs MCPServers in a cluster with the secrets they need.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/thv-secrets/thv/apps/operator/internal/wiring"
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
		wiring.SaveMemory()
	}
	log := newLog(f.level)
	if err := serve(f, log); err != nil {
		log.Error("the operator ends", "error", err)
		return 1
	}
	return 0
}

func serve(f flags, log *slog.Logger) error {
	config, err := wiring.Connect(f.Options)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	operator, err := wiring.New(ctx, f.Options, config, log)
	if err != nil {
		return err
	}
	log.Info("starting", "version", version, "namespaces", f.WatchNamespaces)
	return operator.Run(ctx)
}

// newLog writes lines of JSON, also what the libraries have to say.
func newLog(level slog.Level) *slog.Logger {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339TimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(os.Stderr), zapLevel(level))
	log := slog.New(zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+1)))
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	// At its highest levels this one would print whole answers; it never gets there.
	klog.SetSlogLogger(log)
	return log
}

func zapLevel(level slog.Level) zapcore.Level {
	switch {
	case level < slog.LevelInfo:
		return zapcore.DebugLevel
	case level < slog.LevelWarn:
		return zapcore.InfoLevel
	case level < slog.LevelError:
		return zapcore.WarnLevel
	}
	return zapcore.ErrorLevel
}
