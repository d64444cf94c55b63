package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SecretChange is the reaction of a detached workload to a changed secret. The zero
// SecretChange does nothing.
type SecretChange struct {
	// Restart restarts the workload.
	Restart bool
	// Signal is the name of a signal to send instead, such as HUP; empty for none.
	Signal string
}

// Signals are the signals that can be sent for a changed secret, by their POSIX names.
var Signals = []string{"HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"}

// The limits of [Spec.SecretInterval].
const (
	MinSecretInterval = 10 * time.Second
	MaxSecretInterval = 24 * time.Hour
)

const signalMark = "signal="

// ParseSecretChange parses a [Spec.OnSecretChange]: ignore (the default), restart, or
// signal=NAME with one of [Signals], case-insensitive and with an optional prefix SIG.
// Its error lists the valid forms and does not repeat text.
func ParseSecretChange(text string) (SecretChange, error) {
	switch text {
	case "", "ignore":
		return SecretChange{}, nil
	case "restart":
		return SecretChange{Restart: true}, nil
	}
	name, found := strings.CutPrefix(text, signalMark)
	name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
	if !found || !slices.Contains(Signals, name) {
		return SecretChange{}, fmt.Errorf("ignore, restart, or %sNAME with one of %s", signalMark, strings.Join(Signals, ", "))
	}
	return SecretChange{Signal: name}, nil
}

// Ignores reports whether a change does nothing.
func (c SecretChange) Ignores() bool { return c == SecretChange{} }

// String returns the text that [ParseSecretChange] parses as c.
func (c SecretChange) String() string {
	switch {
	case c.Restart:
		return "restart"
	case c.Signal != "":
		return signalMark + c.Signal
	}
	return "ignore"
}

// ParseSecretInterval parses a [Spec.SecretInterval] in the form of time.ParseDuration. It
// returns zero for an empty text. Its error has the valid range.
func ParseSecretInterval(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	interval, err := time.ParseDuration(text)
	if err != nil || interval < MinSecretInterval || interval > MaxSecretInterval {
		return 0, fmt.Errorf("a time from %v to 24h, such as 15m", MinSecretInterval)
	}
	return interval, nil
}

// checkSecretChange checks the fields about changed secrets.
func (s Spec) checkSecretChange() error {
	if _, err := ParseSecretChange(s.OnSecretChange); err != nil {
		return fmt.Errorf("on_secret_change: it is %w", err)
	}
	if _, err := ParseSecretInterval(s.SecretInterval); err != nil {
		return fmt.Errorf("secret_interval: it is %w", err)
	}
	return nil
}
