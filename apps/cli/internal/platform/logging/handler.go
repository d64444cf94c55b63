package logging

import (
	"context"
	"log/slog"
	"slices"

	"go.uber.org/zap/zapcore"
)

// handler is a slog.Handler over a zap core. zap's own bridge would bring the
// whole of package zap, and with it an HTTP server, into every start.
type handler struct {
	core   zapcore.Core
	prefix string // of open groups, as in "a.b."
	fields []zapcore.Field
}

var _ slog.Handler = (*handler)(nil)

// Enabled is slog.Handler's.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return h.core.Enabled(zapLevel(level))
}

// Handle is slog.Handler's.
func (h *handler) Handle(_ context.Context, record slog.Record) error {
	fields := slices.Clone(h.fields)
	record.Attrs(func(attr slog.Attr) bool {
		fields = appendField(fields, h.prefix, attr)
		return true
	})
	entry := zapcore.Entry{Level: zapLevel(record.Level), Time: record.Time, Message: record.Message}
	return h.core.Write(entry, fields)
}

// WithAttrs is slog.Handler's.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.fields = slices.Clone(h.fields)
	for _, attr := range attrs {
		with.fields = appendField(with.fields, h.prefix, attr)
	}
	return &with
}

// WithGroup is slog.Handler's; groups show as prefixes of their fields' keys.
func (h *handler) WithGroup(name string) slog.Handler {
	with := *h
	if name != "" {
		with.prefix += name + "."
	}
	return &with
}

// appendField adds attr in its printed form: what a value prints of itself is all
// that a log may show of it.
func appendField(fields []zapcore.Field, prefix string, attr slog.Attr) []zapcore.Field {
	value := attr.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			prefix += attr.Key + "."
		}
		for _, member := range value.Group() {
			fields = appendField(fields, prefix, member)
		}
		return fields
	}
	if attr.Equal(slog.Attr{}) {
		return fields
	}
	return append(fields, zapcore.Field{Key: prefix + attr.Key, Type: zapcore.StringType, String: value.String()})
}

func zapLevel(level slog.Level) zapcore.Level {
	switch {
	case level >= slog.LevelError:
		return zapcore.ErrorLevel
	case level >= slog.LevelWarn:
		return zapcore.WarnLevel
	case level >= slog.LevelInfo:
		return zapcore.InfoLevel
	}
	return zapcore.DebugLevel
}
