// Package logging makes the log: zap behind slog, on standard error, with every
// value that the program knows masked.
package logging

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"go.uber.org/zap/zapcore"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/secret"
)

// Log is a log that masks what it knows. A secret.Value prints as
// secret.Redacted. Plaintext in a message or an error is masked in the encoded line.
type Log struct {
	Logger *slog.Logger
	out    *maskedWriter
}

// New returns a log that writes lines to w, from debug on or only warnings and
// worse. Each entry is one line and one Write.
func New(w io.Writer, debug bool) *Log {
	level := zapcore.WarnLevel
	if debug {
		level = zapcore.DebugLevel
	}
	out := &maskedWriter{to: w}
	encoder := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "name", MessageKey: "message",
		EncodeTime:       zapcore.ISO8601TimeEncoder,
		EncodeLevel:      zapcore.LowercaseLevelEncoder,
		EncodeDuration:   zapcore.StringDurationEncoder,
		ConsoleSeparator: " ",
		LineEnding:       zapcore.DefaultLineEnding,
	})
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(out)), level)
	return &Log{Logger: slog.New(&handler{core: core}), out: out}
}

// KeepOut masks values, and no longer those of an earlier call, in every line
// from now on.
func (l *Log) KeepOut(values []secret.Value) {
	masker := sync.OnceValue(func() *mask.Masker { return mask.New(values) })
	l.out.masker.Store(&masker)
}

type maskedWriter struct {
	to io.Writer
	// masker is made when there is something to mask: most runs log nothing.
	masker atomic.Pointer[func() *mask.Masker]
}

// Write writes one encoded line.
func (w *maskedWriter) Write(line []byte) (int, error) {
	masked := line
	if m := w.masker.Load(); m != nil {
		masked = (*m)().Bytes(line)
	}
	entry := bytes.TrimSuffix(masked, []byte("\n"))
	masked = append(bytes.ReplaceAll(entry, []byte("\n"), []byte(`\n`)), '\n')
	if _, err := w.to.Write(masked); err != nil {
		return 0, err
	}
	return len(line), nil
}
