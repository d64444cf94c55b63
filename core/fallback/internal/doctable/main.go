// Command doctable writes the table of package fallback between two marks in the
// documentation of providers. Its test fails if the documentation is out of date.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/fallback"
)

const (
	begin = "<!-- begin of the fallback table: written by make generate -->\n"
	end   = "<!-- end of the fallback table -->\n"
)

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: doctable FILE"))
	}
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	text, err = replace(text)
	fail(err)
	fail(os.WriteFile(os.Args[1], text, 0o644))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "doctable:", err)
		os.Exit(1)
	}
}

// replace returns text with the table between the marks.
func replace(text []byte) ([]byte, error) {
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return nil, errors.New("the marks of the table are missing")
	}
	return []byte(string(before) + begin + table() + end + string(after)), nil
}

func table() string {
	var b strings.Builder
	b.WriteString("| class | meaning | goes on to the next provider | `on` may name it |\n| --- | --- | --- | --- |\n")
	for _, row := range fallback.Table() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", row.Class, row.Meaning, yes(row.Continues), yes(row.Configurable))
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
