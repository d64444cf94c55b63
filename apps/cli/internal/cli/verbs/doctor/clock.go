package doctor

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

// skew is how far the clock may be behind what it must be after.
const skew = 2 * time.Minute

// clock checks that it is not before what has already happened, and asks the
// system whether it keeps the time. Tokens and certificates need a right clock.
func (e *examination) clock(context.Context) []finding {
	findings := []finding{}
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			findings = append(findings, after("program", "this program was installed", info.ModTime(), e.now()))
		}
	}
	files, _ := e.app.Vault.Files() // what is wrong with them, files says
	for _, f := range files {
		if f.Part == "file" && !f.Modified.IsZero() {
			findings = append(findings, after("store", "the store was written", f.Modified, e.now()))
		}
	}
	return append(findings, synchronised())
}

// after says whether now comes after what happened then.
func after(subject, what string, then, now time.Time) finding {
	found := finding{Subject: subject, Status: ok, Detail: "it is later than when " + what}
	if behind := then.Sub(now); behind > skew {
		found.Status, found.Fix = failure, setClock()
		found.Detail = fmt.Sprintf("the clock is wrong: %s at %s, %v from now",
			what, then.UTC().Format(time.RFC3339), behind.Round(time.Second))
	}
	return found
}

func setClock() string {
	switch runtime.GOOS {
	case "darwin":
		return "sudo sntp -sS time.apple.com"
	case "windows":
		return "w32tm /resync"
	}
	return "sudo timedatectl set-ntp true"
}

// synchronisation is the finding of what the system knows about its clock; known is
// whether it knows anything.
func synchronisation(known, good bool) finding {
	const subject = "synchronisation"
	switch {
	case !known:
		return finding{Subject: subject, Status: skipped, Detail: "this system does not say whether its clock is kept right"}
	case !good:
		return finding{Subject: subject, Status: warning, Fix: setClock(), Detail: "nothing keeps the clock right; tokens and certificates need that"}
	}
	return finding{Subject: subject, Status: ok, Detail: "the clock is kept right"}
}
