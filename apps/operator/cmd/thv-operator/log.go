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

// newLog returns a logger that writes JSON lines to standard error, and makes the
// libraries use it.
func newLog(level slog.Level) *slog.Logger {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339TimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(os.Stderr), zapLevel(level))
	log := slog.New(leastLevel{Handler: zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+1)), level: level})
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	klog.SetSlogLogger(log)
	return log
}

// leastLevel drops records below level. Kubernetes' client logs whole requests and
// responses, including Secrets, four levels below slog.LevelDebug; zap has no level
// below debug, and would print them as debug.
type leastLevel struct {
	slog.Handler
	level slog.Level
}

// Enabled implements [slog.Handler].
func (h leastLevel) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (h leastLevel) WithAttrs(attrs []slog.Attr) slog.Handler {
	return leastLevel{Handler: h.Handler.WithAttrs(attrs), level: h.level}
}

// WithGroup implements [slog.Handler].
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
