package supervisor

import (
	"io"
	"sync"

	"github.com/thv-secrets/thv/core/mask"
)

// masked is a writer through a masker, for which another can be put while what
// writes runs. What the former holds back is written on then.
type masked struct {
	to io.Writer

	mu     sync.Mutex
	writer *mask.Writer
}

func newMasked(to io.Writer, masker *mask.Masker) *masked {
	return &masked{to: to, writer: masker.Writer(to)}
}

// Write is mask.Writer.Write.
func (m *masked) Write(text []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writer.Write(text)
}

// use has what is written from now on masked by masker.
func (m *masked) use(masker *mask.Masker) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.writer.Close() // its errors are the log's, which has none
	m.writer = masker.Writer(m.to)
}

// Close is mask.Writer.Close.
func (m *masked) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writer.Close()
}
