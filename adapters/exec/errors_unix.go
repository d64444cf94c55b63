//go:build unix

package exec

import (
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

func (c Config) notExecutable(path string) error {
	return unavailable("%s is not executable (chmod +x %s)", path, quote(path))
}

func (c Config) othersWrite(path string) error {
	return denied("the program %s is not started, since others can change it (chmod go-w %s)", c.Command[0], quote(path))
}

func (c Config) othersOwn(path string) error {
	return denied("the program %s is not started, since another user owns %s (chown -h root %s)", c.Command[0], path, quote(path))
}

func denied(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrDenied, fmt.Sprintf(format, args...))
}

// quote is path as a shell takes it.
func quote(path string) string {
	if !strings.ContainsFunc(path, func(c rune) bool {
		return !strings.ContainsRune("/._-+@%", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
