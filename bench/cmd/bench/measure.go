package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// suite runs and measures programs.
type suite struct {
	ctx                       context.Context
	thv, baselines, temporary string
	runs                      int
}

// program is a command that is measured.
type program struct {
	path  string
	args  []string
	env   []string
	input string
}

// compare runs both programs in turn, so that what else the machine does hits
// both alike, and returns the medians.
func (b *suite) compare(a, baseline program, runs int) (ours, theirs time.Duration, err error) {
	var measured [2][]time.Duration
	for i := range runs + 2 {
		for turn := range 2 {
			which := (i + turn) % 2
			wall, err := b.once([]program{a, baseline}[which])
			if err != nil {
				return 0, 0, err
			}
			// The first two runs fill caches.
			if i >= 2 {
				measured[which] = append(measured[which], wall)
			}
		}
	}
	return median(measured[0]), median(measured[1]), nil
}

// once runs p with its output in a pipe, as a program's usually is.
func (b *suite) once(p program) (time.Duration, error) {
	cmd := exec.CommandContext(b.ctx, p.path, p.args...)
	var output bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.env, strings.NewReader(p.input), &output, &output
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w\n%s", p.path, strings.Join(p.args, " "), err, output.String())
	}
	return wall, nil
}

// peak returns the median of the peak resident memory, in bytes.
func (b *suite) peak(p program) (int64, error) {
	var peaks []int64
	for range 5 {
		cmd := exec.CommandContext(b.ctx, b.baseline("maxrss"), append([]string{p.path}, p.args...)...)
		var last bytes.Buffer
		cmd.Env, cmd.Stdin, cmd.Stderr = p.env, strings.NewReader(p.input), &last
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("%w: %s", err, last.String())
		}
		peak, err := strconv.ParseInt(strings.TrimSpace(last.String()), 10, 64)
		if err != nil {
			return 0, err
		}
		peaks = append(peaks, peak)
	}
	return median(peaks), nil
}

func median[T cmp.Ordered](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

// target is the target of a row.
type target struct {
	ratio float64       // at most, of the baseline; 0 is no target
	over  time.Duration // at most over the baseline; 0 is no target
	peak  int64         // at most, in MiB; 0 is no target
}

// row measures and prints one line of the table.
func (b *suite) row(name string, a, baseline program, want target, runs int) {
	ours, theirs, err := b.compare(a, baseline, runs)
	if err != nil {
		leftOut(name, err)
		return
	}
	peak, err := b.peak(a)
	if err != nil {
		leftOut(name, err)
		return
	}
	b.print(name, ours, theirs, peak, want)
}

// print prints one line of the table.
func (b *suite) print(name string, ours, theirs time.Duration, peak int64, want target) {
	ratio := float64(ours) / float64(theirs)
	over := ours - theirs
	fmt.Printf("%-34s %10s %10s %6.2fx %+9.2f ms %6s   %s\n", name, millis(ours), millis(theirs),
		ratio, float64(over)/float64(time.Millisecond), mebi(peak), want.verdict(ratio, over, peak))
}

func (t target) verdict(ratio float64, over time.Duration, peak int64) string {
	var parts []string
	if t.ratio > 0 {
		parts = append(parts, fmt.Sprintf("%gx: %s", t.ratio, met(ratio <= t.ratio)))
	}
	if t.over > 0 {
		parts = append(parts, fmt.Sprintf("+%s: %s", millis(t.over), met(over <= t.over)))
	}
	if t.peak > 0 && peak > 0 {
		parts = append(parts, fmt.Sprintf("%d MiB: %s", t.peak, met(peak <= t.peak<<20)))
	}
	return strings.Join(parts, ", ")
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "NOT met"
}

func leftOut(name string, why error) { fmt.Printf("%-34s left out: %v\n", name, why) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func mebi(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(bytes)/(1<<20))
}
