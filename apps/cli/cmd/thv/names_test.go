package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A workload's name is its container's, and tests that run at the same time share one
// engine: no two of them use the same name.
func TestNames_OfContainersBelongToOneTest(t *testing.T) {
	tests := map[string]string{} // by file or function
	for _, pattern := range []string{filepath.Join("testdata", "script", "*.txtar"), "*_test.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(path, ".txtar") {
				tests[path] = string(text)
				continue
			}
			for _, function := range strings.Split(string(text), "\nfunc ")[1:] {
				name, _, _ := strings.Cut(function, "(")
				tests[path+" "+name] = function
			}
		}
	}
	engine := regexp.MustCompile(`(?m)^withdocker|newKills\(|newChaos\(`)
	named := regexp.MustCompile(`--name(?: |", ")([a-z0-9][a-z0-9-]*)`)
	users := map[string]string{}
	for test, text := range tests {
		if !engine.MatchString(text) {
			continue
		}
		for _, found := range named.FindAllStringSubmatch(text, -1) {
			if other := users[found[1]]; other != "" && other != test {
				t.Errorf("%s and %s both have a workload named %s", other, test, found[1])
			}
			users[found[1]] = test
		}
	}
	if len(users) < 20 {
		t.Fatalf("found only %d names", len(users))
	}
}
