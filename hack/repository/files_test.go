package repository

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// written matches the line with which a generator marks its files.
var written = regexp.MustCompile(`(?m)^(// Code generated .* DO NOT EDIT\.|    controller-gen\.kubebuilder\.io/version: .*)$`)

func TestFiles_WhatIsGeneratedIsMarked(t *testing.T) {
	t.Parallel()
	var generated []string
	for _, file := range tracked(t, "*.go", "*.yaml") {
		if text := contents(t, file); written.Match(text[:min(len(text), 4096)]) {
			generated = append(generated, file)
		}
	}
	generated = append(generated, tracked(t, "*.golden", "*go.sum")...)
	if len(generated) < 20 {
		t.Fatalf("got %d generated files, want all of the repository", len(generated))
	}
	for file, value := range attribute(t, "linguist-generated", generated) {
		if value != "set" {
			t.Errorf("%s: got linguist-generated %s, want a line in .gitattributes that sets it", file, value)
		}
	}
}

func TestFiles_WhatIsReadByteByByteHasUnixLineEnds(t *testing.T) {
	t.Parallel()
	files := tracked(t, "*.sh", ".ci/run", "*.go", "*.golden", "*.txtar", "*/testdata/*", "docs/provider-protocol/*")
	for file, value := range attribute(t, "eol", files) {
		if value != "lf" {
			t.Errorf("%s: got eol %s, want lf in .gitattributes", file, value)
		}
	}
	for _, file := range files {
		if bytes.Contains(contents(t, file), []byte("\r\n")) && !strings.Contains(file, "testdata/") {
			t.Errorf("%s: got a carriage return at a line's end, want none", file)
		}
	}
}

// The workflow does not define the checks: .ci/run does.
func TestFiles_TheWorkflowRunsCIRunAlone(t *testing.T) {
	t.Parallel()
	text := string(contents(t, ".github/workflows/ci.yml"))
	var runs []string
	for _, match := range regexp.MustCompile(`(?m)^ *-? *run: (.*)$`).FindAllStringSubmatch(text, -1) {
		runs = append(runs, match[1])
	}
	if want := []string{`sudo env "PATH=$PATH" ./.ci/run`}; !slices.Equal(runs, want) {
		t.Errorf("got the commands %q, want %q", runs, want)
	}
	for _, match := range regexp.MustCompile(`(?m)uses: (.*)$`).FindAllStringSubmatch(text, -1) {
		if !regexp.MustCompile(`^actions/[a-z-]+@v\d+$`).MatchString(match[1]) {
			t.Errorf("got the action %s, want one of actions/ at a major version", match[1])
		}
	}
}

// attribute returns the value of the attribute name in .gitattributes for each file.
func attribute(t *testing.T, name string, files []string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(command(t, "git", append([]string{"check-attr", name, "--"}, files...)...)) {
		file, value, _ := strings.Cut(strings.TrimSpace(line), ": "+name+": ")
		values[file] = value
	}
	if len(values) != len(files) {
		t.Fatalf("got the attribute of %d files, want %d", len(values), len(files))
	}
	return values
}
