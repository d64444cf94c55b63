package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// marks replaces what varies between runs, and the prose, by a fixed mark.
type marks struct{ work *strings.Replacer }

func marksOf(ts *testscript.TestScript) marks {
	pairs := []string{ts.Getenv("WORK"), "WORK"}
	for _, name := range []string{"IMAGE", "BARE", "REGISTRY"} {
		if value := ts.Getenv(name); value != "" {
			pairs = append(pairs, value, name)
		}
	}
	return marks{strings.NewReplacer(pairs...)}
}

type rule struct {
	pattern *regexp.Regexp
	mark    string
}

const jsonText = `"(?:[^"\\]|\\.)*"`

var rules = []rule{
	{regexp.MustCompile(`"(message|detail|fix|problem|log_problem|unwatched)": ?"(?:[^"\\]|\\.)+"`), `"$1": "<text>"`},
	{regexp.MustCompile(`"(took_ms|pid)": ?[0-9.e+-]+`), `"$1": <number>`},
	{regexp.MustCompile(`"(fingerprint|version|commit|go)": ?` + jsonText), `"$1": "<$1>"`},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)`), "<time>"},
	{regexp.MustCompile(`toolhive-[0-9a-f]{8,}(?:-[0-9a-f]+)*`), "toolhive-<account>"},
	{regexp.MustCompile(`[0-9a-f]{64}`), "<hex64>"},
	{regexp.MustCompile(`registry-[0-9a-f]{16}`), "registry-<hex16>"},
	{regexp.MustCompile(`[^" ]*/w-[0-9a-f]{20}\.sock`), "<socket>"},
	{regexp.MustCompile(regexp.QuoteMeta(runtime.GOOS + "/" + runtime.GOARCH)), "<platform>"},
}

// paths replaces the paths of the script and the names that it made up.
func (m marks) paths(text string) string { return m.work.Replace(text) }

// output replaces what varies in a text. JSON is indented, one field a line.
func (m marks) output(text string) string {
	text = m.paths(indented(text))
	for _, r := range rules {
		text = r.pattern.ReplaceAllString(text, r.mark)
	}
	return text
}

// errors is output for standard error, whose lines of text are prose: of those only
// stays which are there, an error's or a notice's.
func (m marks) errors(text string) string {
	var out []string
	head, report, found := strings.Cut("\n"+text, "\n{")
	for line := range strings.Lines(strings.TrimPrefix(head, "\n")) {
		mark := "<notice>"
		if strings.HasPrefix(line, "thv: ") {
			mark = "thv: <text>"
		}
		if len(out) == 0 || out[len(out)-1] != mark && !strings.HasPrefix(line, " ") {
			out = append(out, mark)
		}
	}
	if found {
		out = append(out, m.output("{"+report))
	}
	return strings.Join(out, "\n")
}

// indented returns a sequence of JSON values with one field a line, and other text as
// it is.
func indented(text string) string {
	var out bytes.Buffer
	decoder := json.NewDecoder(strings.NewReader(text))
	for decoder.More() {
		var value json.RawMessage
		if decoder.Decode(&value) != nil || value[0] != '{' && value[0] != '[' {
			return text
		}
		if json.Indent(&out, value, "", "  ") != nil {
			return text
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// shape lists the paths and types of a JSON value's fields, sorted.
func shape(path string, value any) string {
	switch value := value.(type) {
	case map[string]any:
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(value)) {
			b.WriteString(shape(path+"."+key, value[key]))
		}
		return b.String()
	case []any:
		if len(value) > 0 {
			return shape(path+"[]", value[0])
		}
	}
	return fmt.Sprintf("%s: %T\n", path, value)
}
