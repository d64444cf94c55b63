package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	initLine  = regexp.MustCompile(`^init (\S+) @.*, ([0-9.]+) ms clock`)
	speedLine = regexp.MustCompile(`^(Benchmark\S*)\s.*\s([0-9.]+) MB/s`)
)

// masker reports the speed that core/mask's own benchmark has.
func (b *suite) masker() {
	cmd := exec.CommandContext(b.ctx, "go", "test", "-run", "^$", "-bench", ".", "github.com/thv-secrets/thv/core/mask")
	output, err := cmd.CombinedOutput()
	if err != nil {
		leftOut("masker", fmt.Errorf("%w\n%s", err, output))
		return
	}
	fmt.Println()
	for line := range strings.Lines(string(output)) {
		if found := speedLine.FindStringSubmatch(line); found != nil {
			fmt.Printf("%-44s %8s MB/s%s\n", "masker, "+found[1], found[2], maskerVerdict(found[1], parseFloat(found[2])))
		}
	}
}

// maskerVerdict has a target for realistic output; the other texts are worst cases.
func maskerVerdict(benchmark string, speed float64) string {
	if strings.Contains(benchmark, "/text/") || strings.Contains(benchmark, "/binary/") {
		return "   500 MB/s: " + met(speed >= 500)
	}
	return ""
}

// programs reports what each program costs before it does anything: its size
// and its packages' initialisation.
func (b *suite) programs() {
	fmt.Println()
	for _, path := range []string{b.thv, b.beside("thv-engine-docker"), b.beside("thv-provider-1password"), b.beside("thv-provider-k8s"), b.baseline("hello")} {
		info, err := os.Stat(path)
		if err != nil {
			leftOut(filepath.Base(path), err)
			continue
		}
		total, packages, err := b.initialisation(path)
		if err != nil {
			leftOut(filepath.Base(path), err)
			continue
		}
		fmt.Printf("%-22s %5.1f MiB, init() %.2f ms in %d packages", filepath.Base(path), float64(info.Size())/(1<<20), total, len(packages))
		for _, p := range packages[:min(3, len(packages))] {
			fmt.Printf(", %s %.2f", p.name, p.millis)
		}
		fmt.Println()
	}
}

// beside is the path of an executable in the directory of thv.
func (b *suite) beside(name string) string { return filepath.Join(filepath.Dir(b.thv), name) }

type initialised struct {
	name   string
	millis float64
}

// initialisation returns the best of several starts: what the packages cost
// without what else the machine does.
func (b *suite) initialisation(path string) (total float64, packages []initialised, err error) {
	for i := range 11 {
		sum, list, err := b.initialisedOnce(path)
		if err != nil {
			return 0, nil, err
		}
		if i == 0 || sum < total {
			total, packages = sum, list
		}
	}
	return total, packages, nil
}

// initialisedOnce sums the output of GODEBUG=inittrace=1, and sorts it by cost.
func (b *suite) initialisedOnce(path string) (total float64, packages []initialised, err error) {
	cmd := exec.CommandContext(b.ctx, path, "version")
	if strings.HasPrefix(filepath.Base(path), "thv-provider-") {
		cmd.Args = []string{path, "--help"} // which has no verbs
	}
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	output, err := cmd.CombinedOutput()
	if err != nil {
		return 0, nil, err
	}
	for line := range strings.Lines(string(output)) {
		if found := initLine.FindStringSubmatch(line); found != nil {
			packages = append(packages, initialised{found[1], parseFloat(found[2])})
			total += parseFloat(found[2])
		}
	}
	slices.SortFunc(packages, func(a, b initialised) int { return cmp.Compare(b.millis, a.millis) })
	return total, packages, nil
}
