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
	return untrusted("chmod go-w "+quote(path), "the program %s is not started, since others can change it", c.Command[0])
}

func (c Config) othersOwn(path string) error {
	return untrusted("chown -h root "+quote(path), "the program %s is not started, since another user owns %s", c.Command[0], path)
}

// untrustedError is a program that is not started before a command has mended who
// can change it.
type untrustedError struct{ reason, fix string }

func untrusted(fix, format string, args ...any) error {
	return &untrustedError{reason: fmt.Sprintf(format, args...), fix: fix}
}

func (e *untrustedError) Error() string {
	return fmt.Sprintf("%v: %s; run: %s", secret.ErrDenied, e.reason, e.fix)
}

// Fix is the command that mends it.
func (e *untrustedError) Fix() string { return e.fix }

func (e *untrustedError) Unwrap() error { return secret.ErrDenied }

// quote is path as a shell takes it.
func quote(path string) string {
	if !strings.ContainsFunc(path, func(c rune) bool {
		return !strings.ContainsRune("/._-+@%", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
