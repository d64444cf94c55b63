// Package metrics has the operator's metrics, besides those of controller-runtime.
// They contain counts and times, and no name of a secret.
package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
)

var (
	unresolvedDesc = prometheus.NewDesc("thv_unresolved_references", "References to secrets that keep servers from starting.", nil, nil)
	rotationsDesc  = prometheus.NewDesc("thv_rotation_restarts_total", "Restarts of servers for changed secrets.", nil, nil)
	oldestDesc     = prometheus.NewDesc("thv_oldest_unresolved_seconds", "How long the oldest server with unresolved references has been waiting; 0 if none is.", nil, nil)
	readsDesc      = prometheus.NewDesc("thv_secret_reads_total", "Secrets that were read for their fingerprints.", nil, nil)
)

// Metrics collects the metrics. The zero value is ready to use, and safe for concurrent
// use.
type Metrics struct {
	mu         sync.Mutex
	unresolved map[types.NamespacedName]waiting
	rotations  float64
	reads      float64
	// Now defaults to time.Now.
	Now func() time.Time
}

type waiting struct {
	references int
	since      time.Time
}

var _ prometheus.Collector = (*Metrics)(nil)

// Unresolved sets the number of a server's unresolved references, and since when they
// are unresolved. Zero references remove the server.
func (m *Metrics) Unresolved(server types.NamespacedName, references int, since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unresolved == nil {
		m.unresolved = map[types.NamespacedName]waiting{}
	}
	if references == 0 {
		delete(m.unresolved, server)
		return
	}
	m.unresolved[server] = waiting{references, since}
}

// Rotated counts a restart.
func (m *Metrics) Rotated() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rotations++
}

// Read counts a Secret that was read.
func (m *Metrics) Read() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
}

// Describe sends the descriptions of all metrics.
func (*Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{unresolvedDesc, rotationsDesc, oldestDesc, readsDesc} {
		to <- desc
	}
}

// Collect sends the present values of all metrics.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	references, oldest := 0, time.Duration(0)
	for _, w := range m.unresolved {
		references += w.references
		oldest = max(oldest, m.now().Sub(w.since))
	}
	to <- prometheus.MustNewConstMetric(unresolvedDesc, prometheus.GaugeValue, float64(references))
	to <- prometheus.MustNewConstMetric(rotationsDesc, prometheus.CounterValue, m.rotations)
	to <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, oldest.Seconds())
	to <- prometheus.MustNewConstMetric(readsDesc, prometheus.CounterValue, m.reads)
}

func (m *Metrics) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
