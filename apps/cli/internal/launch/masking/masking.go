// Package masking warns about secrets of a workload that cannot be masked well.
package masking

import (
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/workload"
)

// Warnings returns a line about the secrets of environment that are too short to be masked, and
// one about those that are masked only as whole words. They name targets and contain no value.
func Warnings(environment workload.Environment) []string {
	var unmasked, words []string
	for target, value := range environment.SecretTargets() {
		switch mask.CoverageOf(value) {
		case mask.Unmasked:
			unmasked = append(unmasked, target)
		case mask.WordsOnly:
			words = append(words, target)
		}
	}
	var lines []string
	if len(unmasked) > 0 {
		lines = append(lines, fmt.Sprintf("Warning: what is printed of %s is not masked: the value has fewer than %d bytes.",
			strings.Join(unmasked, ", "), mask.MinLen))
	}
	if len(words) > 0 {
		lines = append(lines, fmt.Sprintf("Warning: %s is masked as a whole word only, and not in other forms: the value is short and common.",
			strings.Join(words, ", ")))
	}
	return lines
}
