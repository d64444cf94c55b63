package terminal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Format is a form of output.
type Format string

// The forms of output. Text is for people and may change; JSON is for programs,
// and only ever gains fields.
const (
	Text Format = "text"
	JSON Format = "json"
)

// WriteJSON writes v as indented JSON with a final newline, whole: what cannot be
// printed is escaped, and nothing is cut.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v, "  ") }

// WriteJSONLine is WriteJSON on one line.
func WriteJSONLine(w io.Writer, v any) error { return writeJSON(w, v, "") }

func writeJSON(w io.Writer, v any, indent string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", indent)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := rawOf(w).Write(printable.JSON(text.Bytes()))
	return err
}

// ErrorReport is the JSON form of a failed command, on standard error.
type ErrorReport struct {
	Error ErrorDetail `json:"error"`
}

// ErrorDetail says what failed.
type ErrorDetail struct {
	Class    secret.Class `json:"class"`
	Message  string       `json:"message"`
	ExitCode int          `json:"exit_code"`
	Missing  []string     `json:"missing,omitempty"`
}

// ReportError says on w why a command failed, in the form asked for. It says
// nothing for a nil error and for the end of a workload.
func ReportError(w io.Writer, format Format, err error) {
	var status *StatusError
	if err == nil || errors.As(err, &status) {
		return
	}
	if format != JSON {
		fmt.Fprintf(w, "thv: %s\n", Indented(message(err)))
		return
	}
	_ = WriteJSON(w, ErrorReport{Error: detail(err)})
}

// Indented returns text in which every line but the first begins with two spaces, so
// that a line end in a text of others begins no line that looks like one of thv's.
func Indented(text string) string {
	first, rest, more := strings.Cut(text, "\n")
	if !more {
		return text
	}
	var b strings.Builder
	b.WriteString(first)
	for line := range strings.SplitSeq(rest, "\n") {
		b.WriteString("\n")
		if line != "" && !strings.HasPrefix(line, "  ") {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func message(err error) string {
	var mistake *ConfigError
	switch {
	case OnlyCanceled(err):
		return "interrupted"
	case errors.As(err, &mistake):
		return mistake.Error() // whichever provider was to be asked
	}
	return err.Error()
}

func detail(err error) ErrorDetail {
	d := ErrorDetail{Class: secret.ClassOf(err), Message: message(err), ExitCode: ExitCode(err)}
	var unmet interface {
		error
		Missing() []string
	}
	if errors.As(err, &unmet) {
		d.Missing = unmet.Missing()
	}
	var missing *resolve.MissingError
	if errors.As(err, &missing) {
		for _, ref := range missing.Refs {
			d.Missing = append(d.Missing, ref.String())
		}
	}
	return d
}
