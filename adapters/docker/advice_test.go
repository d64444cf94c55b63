package docker

import (
	"strings"
	"testing"
)

func TestAdvice_IsOfTheSystem(t *testing.T) {
	for _, system := range []string{"windows", "darwin"} {
		for _, advice := range []string{starts(system), joins(system)} {
			if strings.Contains(advice, "systemctl") || strings.Contains(advice, "sudo") {
				t.Errorf("%s: %s", system, advice)
			}
		}
	}
	if !strings.Contains(starts("linux"), "systemctl start docker") {
		t.Error(starts("linux"))
	}
}
