package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// newLog writes lines of JSON, also what the libraries have to say.
func newLog(level slog.Level) *slog.Logger {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339TimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(os.Stderr), zapLevel(level))
	log := slog.New(leastLevel{Handler: zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+1)), level: level})
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	klog.SetSlogLogger(log)
	return log
}

// leastLevel drops what is below level. Kubernetes' client prints whole requests and
// answers, Secrets among them, four levels below slog's lowest with a name; zap
// knows no level below debug, and would take those for debug.
type leastLevel struct {
	slog.Handler
	level slog.Level
}

// Enabled is slog.Handler's.
func (h leastLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

// WithAttrs is slog.Handler's.
func (h leastLevel) WithAttrs(attrs []slog.Attr) slog.Handler {
	return leastLevel{Handler: h.Handler.WithAttrs(attrs), level: h.level}
}

// WithGroup is slog.Handler's.
func (h leastLevel) WithGroup(name string) slog.Handler {
	return leastLevel{Handler: h.Handler.WithGroup(name), level: h.level}
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
