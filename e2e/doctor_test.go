//go:build unix

package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDoctor_AsksTheRealEngineWithThePasswordOfAPipe has thv carry on in the
// executable with the engine's client: the pipe can be read only once, and must
// not have been before.
func TestDoctor_AsksTheRealEngineWithThePasswordOfAPipe(t *testing.T) {
	needReal(t)
	withEngine(t)
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	file := passwordFile(t)
	p.must(t, randomKey(t), "secret", "set", "weather-key", "--password-file", file)
	password, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	output, code := p.run(t, string(password), true, "doctor", "--password-fd", "0")
	for _, want := range []string{`(?m)^ok +engine +container engine +(Docker|Podman) \d+\.\S+ at unix:///\S+, chosen by DOCKER_HOST$`, `(?m)^ok +ladder +--password-fd +has the password$`} {
		if !regexp.MustCompile(want).MatchString(output) {
			t.Errorf("no line is %s", want)
		}
	}
	if code != 0 || strings.Contains(p.everythingPrinted(), strings.TrimSpace(string(password))) {
		t.Errorf("status %d, and printed:\n%s", code, p.everythingPrinted())
	}
}
