package inject

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// report is what Explain prints; docs/cli.md describes its JSON.
type report struct {
	Secrets []row `json:"secrets"`
	// Outcome, ExitCode and Message are of a run with all of Secrets.
	Outcome  secret.Class `json:"outcome"`
	ExitCode int          `json:"exit_code"`
	Message  string       `json:"message,omitempty"`
	// Asks are the variables that a run would ask a person for.
	Asks []string `json:"asks,omitempty"`
}

// row is about one secret.
type row struct {
	Reference string `json:"reference"`
	Target    string `json:"target,omitempty"`
	// Mode is that of a file, in octal digits; a variable has none.
	Mode      string       `json:"mode,omitempty"`
	Outcome   secret.Class `json:"outcome"`
	DecidedBy string       `json:"decided_by,omitempty"`
	// Next is who would be asked next had the last one gone on.
	Next        string `json:"next,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Problem is why the value that there is could not be handed on.
	Problem string  `json:"problem,omitempty"`
	Chain   []asked `json:"chain"`
}

// asked is one provider on a secret's way, asked or not.
type asked struct {
	Provider string `json:"provider"`
	Asked    bool   `json:"asked"`
	// Simulated is whether the answer is the one that --simulate gave.
	Simulated bool         `json:"simulated,omitempty"`
	Class     secret.Class `json:"class,omitempty"`
	Detail    string       `json:"detail,omitempty"`
	TookMS    float64      `json:"took_ms"`
	Batch     bool         `json:"batch,omitempty"`
	Cached    bool         `json:"cached,omitempty"`
	// GoesOn are the classes of failure after which the next is asked.
	GoesOn []secret.Class `json:"goes_on,omitempty"`
}

func newRow(s Subject, trace resolve.RefTrace) row {
	r := row{
		Reference: s.Ref.String(), Target: s.Target, Outcome: trace.Class,
		DecidedBy: trace.DecidedBy(), Next: trace.Next(), Chain: []asked{},
	}
	if s.Mode != 0 {
		r.Mode = fmt.Sprintf("%04o", s.Mode)
	}
	for i, link := range trace.Way {
		a := asked{Provider: link.Provider, Simulated: link.Simulated, GoesOn: link.On}
		if i < len(trace.Asks) {
			ask := trace.Asks[i]
			a.Asked, a.Class, a.Detail = true, ask.Class, ask.Detail
			a.Batch, a.Cached = ask.Batch, ask.Cached
			a.TookMS = float64(ask.Took.Round(time.Microsecond)) / float64(time.Millisecond)
		}
		r.Chain = append(r.Chain, a)
	}
	return r
}

// mask takes values out of what providers say: one may repeat what another has.
func (r *report) mask(values []secret.Value) {
	m := mask.New(values)
	r.Message = m.String(r.Message)
	for i := range r.Secrets {
		for j := range r.Secrets[i].Chain {
			r.Secrets[i].Chain[j].Detail = m.String(r.Secrets[i].Chain[j].Detail)
		}
	}
}

// print writes the text form.
func (r report) print(w io.Writer) error {
	var b strings.Builder
	for _, row := range r.Secrets {
		row.print(&b)
	}
	switch {
	case r.ExitCode == 0 && len(r.Asks) > 0:
		fmt.Fprintf(&b, "A run asks for %s at the terminal first.\n", strings.Join(r.Asks, ", "))
	case r.ExitCode == 0:
		fmt.Fprintf(&b, "A run gets %s.\n", count(len(r.Secrets)))
	default:
		fmt.Fprintf(&b, "A run starts nothing and ends with exit code %d: %s\n", r.ExitCode, r.Message)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func count(secrets int) string {
	switch secrets {
	case 0:
		return "no secret"
	case 1:
		return "this secret"
	}
	return fmt.Sprintf("all %d secrets", secrets)
}

func (r row) print(b *strings.Builder) {
	b.WriteString(r.Reference)
	if r.Target != "" {
		fmt.Fprintf(b, " as %s", r.Target)
	}
	if r.Mode != "" {
		fmt.Fprintf(b, " (mode %s)", r.Mode)
	}
	fmt.Fprintf(b, ": %s\n", r.summary())
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for i, a := range r.Chain {
		fmt.Fprintf(table, "  %d  %s\t%s\n", i+1, a.Provider, a.answer(r.Chain[:i]))
	}
	_ = table.Flush() // which writes to memory
	b.WriteByte('\n')
}

func (r row) summary() string {
	switch {
	case r.Problem != "":
		return r.Problem
	case r.Outcome != secret.ClassOK && r.DecidedBy == "":
		return string(r.Outcome)
	case r.Outcome != secret.ClassOK:
		return fmt.Sprintf("%s, decided by %s", r.Outcome, r.DecidedBy)
	case r.Fingerprint == "":
		return "from " + r.DecidedBy
	}
	return fmt.Sprintf("from %s, fingerprint %s", r.DecidedBy, r.Fingerprint)
}

// answer says what a provider answered, or, of one that was not asked, when it
// would be.
func (a asked) answer(before []asked) string {
	if !a.Asked && len(before) == 0 {
		return "not asked"
	}
	if !a.Asked {
		last := before[len(before)-1]
		return fmt.Sprintf("not asked: only after %s from %s", classes(last.GoesOn), last.Provider)
	}
	text := string(a.Class)
	switch {
	case a.Simulated:
		text += ", simulated"
	case a.Cached:
		text += ", from memory"
	default:
		text += fmt.Sprintf(", %.1f ms", a.TookMS)
	}
	if a.Class != secret.ClassOK && a.Class != secret.ClassNotFound && a.Detail != "" && !a.Simulated {
		text += ": " + a.said()
	}
	return text
}

// said is the detail without its class, which stands before it.
func (a asked) said() string {
	sentinel := a.Class.Sentinel()
	if sentinel == nil {
		return a.Detail
	}
	return strings.TrimPrefix(a.Detail, sentinel.Error()+": ")
}

func classes(list []secret.Class) string {
	var names []string
	for _, class := range list {
		names = append(names, string(class))
	}
	return strings.Join(names, " or ")
}
