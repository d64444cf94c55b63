package foreground

import (
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/thv-secrets/thv/core/mask"
)

// maskedWriter creates its masking writer at the first use, so that the masker is created
// while the workload starts, and a workload without output does not wait for it.
type maskedWriter struct {
	masker func() *mask.Masker
	to     io.Writer
	once   sync.Once
	writer *mask.Writer
}

func masked(masker func() *mask.Masker, to io.Writer) *maskedWriter {
	return &maskedWriter{masker: masker, to: to}
}

// Write masks text and writes it on; after Close it is fs.ErrClosed.
func (w *maskedWriter) Write(text []byte) (int, error) {
	w.once.Do(func() { w.writer = w.masker().Writer(w.to) })
	if w.writer == nil {
		return 0, fmt.Errorf("mask: %w", fs.ErrClosed)
	}
	return w.writer.Write(text)
}

// Close writes the held text.
func (w *maskedWriter) Close() error {
	w.once.Do(func() {})
	if w.writer == nil {
		return nil
	}
	return w.writer.Close()
}
