// Command bench compares thv with its baselines: small programs that do the same
// work directly, measured in the same minutes, run in turn with it. It prints a
// table, and never fails on a time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	bin := flag.String("bin", "bin", "`directory` with the built programs")
	runs := flag.Int("runs", 41, "`number` of runs of each program for a row")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, *bin, *runs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, bin string, runs int) (err error) {
	temporary, err := os.MkdirTemp("", "thv-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	b := &suite{ctx: ctx, temporary: temporary, baselines: filepath.Join(temporary, "baseline"), runs: runs}
	if b.thv, err = filepath.Abs(filepath.Join(bin, "thv")); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w",
		"-o", b.baselines+string(filepath.Separator), "github.com/thv-secrets/thv/bench/baseline/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the baselines: %w\n%s", err, output)
	}

	fmt.Printf("medians of %d runs in turn; MiB are thv's peak resident memory\n\n", runs)
	fmt.Printf("%-34s %10s %10s %7s %12s %6s   %s\n", "", "thv", "baseline", "ratio", "difference", "MiB", "target")
	b.version()
	b.store("kernel")
	b.store("service")
	b.onePassword()
	b.container()
	b.detached()
	b.rotation()
	b.masker()
	b.programs()
	return nil
}
