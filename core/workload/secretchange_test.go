package workload

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseSecretChange_ReadsWhatStringWrites(t *testing.T) {
	for text, want := range map[string]SecretChange{
		"": {}, "ignore": {}, "restart": {Restart: true},
		"signal=HUP": {Signal: "HUP"}, "signal=sigusr1": {Signal: "USR1"}, "signal=SIGTERM": {Signal: "TERM"},
	} {
		got, err := ParseSecretChange(text)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
		if again, err := ParseSecretChange(got.String()); err != nil || again != want {
			t.Errorf("%q is written as %q, which is read as %+v, %v", text, got, again, err)
		}
		if got.Ignores() != (text == "" || text == "ignore") {
			t.Errorf("%q: Ignores is %v", text, got.Ignores())
		}
	}
}

func TestParseSecretChange_RefusesTheRestWithoutRepeatingIt(t *testing.T) {
	for _, text := range []string{"Restart", "signal", "signal=", "signal=KILL", "signal=9", "hunter2"} {
		_, err := ParseSecretChange(text)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want an error without the text", text, err)
		}
	}
}

func TestParseSecretInterval_HasBounds(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "10s": 10 * time.Second, "15m": 15 * time.Minute, "24h": 24 * time.Hour} {
		if got, err := ParseSecretInterval(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"9s", "25h", "15", "-1h", "soon"} {
		if got, err := ParseSecretInterval(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestReadSpec_RefusesWhatNoFlagSaysOfChanges(t *testing.T) {
	for _, text := range []string{
		`{"image": "a", "on_secret_change": "reboot"}`,
		`{"image": "a", "on_secret_change": "restart", "secret_interval": "1s"}`,
	} {
		if _, err := ReadSpec(strings.NewReader(text)); !errors.Is(err, ErrInvalidSpec) {
			t.Errorf("%s: got %v, want ErrInvalidSpec", text, err)
		}
	}
	spec, err := ReadSpec(strings.NewReader(`{"image": "a", "on_secret_change": "signal=HUP", "secret_interval": "15m"}`))
	if err != nil || spec.OnSecretChange != "signal=HUP" || spec.SecretInterval != "15m" {
		t.Errorf("got %+v, %v, want signal=HUP and 15m", spec, err)
	}
}
