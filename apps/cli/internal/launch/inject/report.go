package inject

import (
	"fmt"
	"time"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Report has the sources of a run's secrets; docs/cli.md describes its JSON. It contains no
// values.
type Report struct {
	Secrets []Row `json:"secrets"`
	// Outcome, ExitCode and Message are of a run with all of Secrets.
	Outcome  secret.Class `json:"outcome"`
	ExitCode int          `json:"exit_code"`
	Message  string       `json:"message,omitempty"`
	// Asks are the variables that a run would ask the user for.
	Asks []string `json:"asks,omitempty"`
}

// Row is about one secret.
type Row struct {
	Reference string `json:"reference"`
	Target    string `json:"target,omitempty"`
	// Mode is the mode of a file in octal digits; empty for a variable.
	Mode      string       `json:"mode,omitempty"`
	Outcome   secret.Class `json:"outcome"`
	DecidedBy string       `json:"decided_by,omitempty"`
	// Next is the provider that would have been asked next if the chain had continued.
	Next        string `json:"next,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Problem is why the value that there is could not be handed on.
	Problem string  `json:"problem,omitempty"`
	Chain   []Asked `json:"chain"`
}

// Asked is one provider on the way of a secret, asked or not.
type Asked struct {
	Provider string `json:"provider"`
	Asked    bool   `json:"asked"`
	// Simulated is true if the result comes from --simulate.
	Simulated bool         `json:"simulated,omitempty"`
	Class     secret.Class `json:"class,omitempty"`
	Detail    string       `json:"detail,omitempty"`
	TookMS    float64      `json:"took_ms"`
	Batch     bool         `json:"batch,omitempty"`
	Cached    bool         `json:"cached,omitempty"`
	// GoesOn are the classes of failure after which the next is asked.
	GoesOn []secret.Class `json:"goes_on,omitempty"`
}

func newRow(s BoundSecret, trace resolve.RefTrace) Row {
	r := Row{
		Reference: s.Ref.String(), Target: s.Target, Outcome: trace.Class,
		DecidedBy: trace.DecidedBy(), Next: trace.Next(), Chain: []Asked{},
	}
	if s.Mode != 0 {
		r.Mode = fmt.Sprintf("%04o", s.Mode)
	}
	for i, link := range trace.Candidates {
		a := Asked{Provider: link.Provider, Simulated: link.Simulated, GoesOn: link.On}
		if i < len(trace.Attempts) {
			ask := trace.Attempts[i]
			a.Asked, a.Class, a.Detail = true, ask.Class, ask.Detail
			a.Batch, a.Cached = ask.Batch, ask.Cached
			a.TookMS = float64(ask.Took.Round(time.Microsecond)) / float64(time.Millisecond)
		}
		r.Chain = append(r.Chain, a)
	}
	return r
}

// mask masks values in the messages of providers, since one may repeat a value of another.
func (r *Report) mask(values []secret.Value) {
	m := mask.New(values)
	r.Message = m.String(r.Message)
	for i := range r.Secrets {
		for j := range r.Secrets[i].Chain {
			r.Secrets[i].Chain[j].Detail = m.String(r.Secrets[i].Chain[j].Detail)
		}
	}
}
