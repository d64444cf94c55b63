package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SecretChange is what a changed secret does to a detached workload. The zero
// SecretChange does nothing.
type SecretChange struct {
	// Restart is whether the workload is restarted.
	Restart bool
	// Signal is the name of the signal that it gets instead, as in HUP; empty is
	// none.
	Signal string
}

// Signals are those that a changed secret can send, as POSIX names them.
var Signals = []string{"HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"}

// The least and the greatest Spec.SecretInterval.
const (
	MinSecretInterval = 10 * time.Second
	MaxSecretInterval = 24 * time.Hour
)

const signalMark = "signal="

// ParseSecretChange reads a Spec.OnSecretChange: ignore or nothing, restart, or
// signal=NAME with one of Signals, in any letters and also with SIG before it. Its
// error says what may stand there, and does not repeat what does.
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

// String returns what ParseSecretChange reads as c.
func (c SecretChange) String() string {
	switch {
	case c.Restart:
		return "restart"
	case c.Signal != "":
		return signalMark + c.Signal
	}
	return "ignore"
}

// ParseSecretInterval reads a Spec.SecretInterval, as time.ParseDuration does; zero
// stands for an empty one. Its error says what may stand there.
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

// checkSecretChange looks at what a RunConfig says about changed secrets.
func (s Spec) checkSecretChange() error {
	if _, err := ParseSecretChange(s.OnSecretChange); err != nil {
		return fmt.Errorf("on_secret_change: it is %w", err)
	}
	if _, err := ParseSecretInterval(s.SecretInterval); err != nil {
		return fmt.Errorf("secret_interval: it is %w", err)
	}
	return nil
}
