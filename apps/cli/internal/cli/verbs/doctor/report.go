package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/printable"
)

// status is how a finding, or all of them together, came out.
type status string

const (
	ok      status = "ok"
	warning status = "warning"
	failure status = "failure"
	skipped status = "skipped"
)

// finding is one line of the report. None of it is secret.
type finding struct {
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Status  status `json:"status"`
	Detail  string `json:"detail"`
	// Fix is one command; empty if no command fixes it.
	Fix string `json:"fix"`
}

type report struct {
	Findings []finding `json:"findings"`
	Status   status    `json:"status"`
}

// newReport sums up: the worst finding counts, and what was skipped does not.
func newReport(findings []finding) report {
	r := report{Findings: findings, Status: ok}
	for i, f := range findings {
		findings[i].Detail = oneLine(f.Detail)
		if f.Status == failure || f.Status == warning && r.Status == ok {
			r.Status = f.Status
		}
	}
	return r
}

// maxDetail is what is shown of a finding's detail, in bytes, and maxSubject the
// greatest width of the column of subjects.
const (
	maxDetail  = 2 << 10
	maxSubject = 60
)

func oneLine(text string) string {
	var parts []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

func (r report) write(out io.Writer, form terminal.Format) error {
	if form == terminal.JSON {
		return terminal.WriteJSON(out, r)
	}
	_, err := io.WriteString(out, r.text())
	return err
}

// text has a line for each finding, in columns, and counts them in the last one.
func (r report) text() string {
	var b strings.Builder
	width, count := 0, map[status]int{}
	for _, f := range r.Findings {
		width = max(width, min(len(f.Subject), maxSubject))
		count[f.Status]++
	}
	for _, f := range r.Findings {
		f.Subject = printable.Line(f.Subject, maxDetail)
		line := fmt.Sprintf("%-7s  %-6s  %-*s  %s", shown(f.Status), f.Check, width, f.Subject, printable.Line(f.Detail, maxDetail))
		fmt.Fprintln(&b, strings.TrimRight(line, " "))
		if f.Fix != "" {
			fmt.Fprintf(&b, "%9s%s\n", "", printable.Quoted(f.Fix))
		}
	}
	fmt.Fprintf(&b, "%d ok, %d warning, %d failure, %d skipped\n", count[ok], count[warning], count[failure], count[skipped])
	return b.String()
}

// shown makes a failure stand out without colour.
func shown(s status) string {
	if s == failure {
		return strings.ToUpper(string(s))
	}
	return string(s)
}
