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

// Enabled reports whether records of level are logged. It implements [slog.Handler].
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return h.core.Enabled(zapLevel(level))
}

// Handle writes record to the core. It implements [slog.Handler].
func (h *handler) Handle(_ context.Context, record slog.Record) error {
	fields := slices.Clone(h.fields)
	record.Attrs(func(attr slog.Attr) bool {
		fields = appendField(fields, h.prefix, attr)
		return true
	})
	entry := zapcore.Entry{Level: zapLevel(record.Level), Time: record.Time, Message: record.Message}
	return h.core.Write(entry, fields)
}

// WithAttrs returns a handler that adds attrs to each record. It implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.fields = slices.Clone(h.fields)
	for _, attr := range attrs {
		with.fields = appendField(with.fields, h.prefix, attr)
	}
	return &with
}

// WithGroup returns a handler that puts name, as a prefix, before the keys of all further
// attributes. It implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	with := *h
	if name != "" {
		with.prefix += name + "."
	}
	return &with
}

// appendField appends attr as text. The text is what its value prints, so that a
// secret.Value is redacted.
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
