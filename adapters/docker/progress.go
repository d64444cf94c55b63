package docker

import (
	"fmt"
	"io"
	"time"

	"golang.org/x/term"
)

const redrawEvery = 100 * time.Millisecond

// progress reports a pull to the user: on a terminal as one line that is redrawn, otherwise as
// a line at the beginning and one at the end. It prints only numbers and the image's name, and
// no text from a registry.
type progress struct {
	image    string
	out      io.Writer
	terminal bool
	began    time.Time
	drawn    time.Time
	layers   map[string]*layer
	complete int // layers
}

type layer struct {
	current, total int64
	complete       bool
}

func newProgress(image string, out io.Writer, plain bool) *progress {
	if out == nil {
		out = io.Discard
	}
	p := &progress{image: image, out: out, began: time.Now(), layers: map[string]*layer{}}
	if f, ok := out.(interface{ Fd() uintptr }); ok && !plain {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	if !p.terminal {
		p.print("Pulling %s\n", image)
	}
	return p
}

func (p *progress) add(m pullMessage) {
	if m.ID == "" {
		return
	}
	switch m.Status {
	case "Pulling fs layer", "Waiting":
		p.layer(m.ID)
	case "Downloading":
		l := p.layer(m.ID)
		l.current, l.total = m.Detail.Current, m.Detail.Total
	case "Download complete", "Verifying Checksum":
		l := p.layer(m.ID)
		l.current = l.total
	case "Pull complete", "Already exists":
		l := p.layer(m.ID)
		if !l.complete {
			l.complete = true
			p.complete++
		}
	default:
		return
	}
	p.draw()
}

func (p *progress) layer(id string) *layer {
	l, ok := p.layers[id]
	if !ok {
		l = &layer{}
		p.layers[id] = l
	}
	return l
}

func (p *progress) draw() {
	if !p.terminal || time.Since(p.drawn) < redrawEvery {
		return
	}
	p.drawn = time.Now()
	p.print("\r\033[KPulling %s: %d of %d layers, %s", p.image, p.complete, len(p.layers), p.size())
}

// end reports the result; the caller reports the error.
func (p *progress) end(err error) {
	if p.terminal {
		p.print("\r\033[K")
	}
	if err == nil {
		p.print("Pulled %s: %d layers, %s in %v\n", p.image, len(p.layers), p.size(),
			time.Since(p.began).Round(100*time.Millisecond))
	}
}

func (p *progress) size() string {
	var current, total int64
	for _, l := range p.layers {
		current += l.current
		total += l.total
	}
	if current < total {
		return fmt.Sprintf("%.1f of %.1f MB", megabytes(current), megabytes(total))
	}
	return fmt.Sprintf("%.1f MB", megabytes(total))
}

// print ignores errors: a run does not fail for its progress report.
func (p *progress) print(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format, args...) }

func megabytes(n int64) float64 { return float64(n) / 1e6 }
