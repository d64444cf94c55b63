package command

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Explained prints the report of an explained run, in the output format of a. It returns err, the
// error of the explanation, unless that is nil, and otherwise the exit code that the run would
// have as a *terminal.StatusError.
func Explained(a *app.App, r inject.Report, err error) error {
	switch {
	case err != nil:
		return err
	case a.Globals.Output == terminal.JSON:
		err = terminal.WriteJSON(a.Streams.Out, r)
	default:
		err = writeReport(a.Streams.Out, r)
	}
	if err == nil && r.ExitCode != 0 {
		err = &terminal.StatusError{Status: r.ExitCode}
	}
	return err
}

// writeReport writes the text form.
func writeReport(w io.Writer, r inject.Report) error {
	var b strings.Builder
	for _, row := range r.Secrets {
		writeRow(&b, row)
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

func writeRow(b *strings.Builder, r inject.Row) {
	b.WriteString(r.Reference)
	if r.Target != "" {
		fmt.Fprintf(b, " as %s", r.Target)
	}
	if r.Mode != "" {
		fmt.Fprintf(b, " (mode %s)", r.Mode)
	}
	fmt.Fprintf(b, ": %s\n", summary(r))
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for i, a := range r.Chain {
		fmt.Fprintf(table, "  %d  %s\t%s\n", i+1, a.Provider, reply(a, r.Chain[:i]))
	}
	_ = table.Flush() // which writes to memory
	b.WriteByte('\n')
}

func summary(r inject.Row) string {
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

// reply returns the result of a provider, or the condition under which it would be asked.
func reply(a inject.Asked, before []inject.Asked) string {
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
		text += ": " + detail(a)
	}
	return text
}

// detail returns the detail of a without the class, which is printed before it.
func detail(a inject.Asked) string {
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
