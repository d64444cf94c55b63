package onepassword

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"sync"

	"github.com/thv-secrets/thv/core/secret"
)

// complaint is a message of op on standard error, in its versions 2.18 to 2.40. op has no
// error codes: every failure exits with the status 1, and prints a line
//
//	[ERROR] 2026/10/07 12:00:00 what is wrong
//
// The first match decides. Messages after which a fallback chain continues come last, and each
// contains a quotation mark or an apostrophe, which no part of a reference can contain: so a
// name alone cannot look like a missing secret.
type complaint struct {
	text  *regexp.Regexp
	means func(text string) error
}

var complaints = sync.OnceValue(func() []complaint {
	return []complaint{
		{regexp.MustCompile(`\(429\)|(?i:too many requests)`), rateLimited},
		{regexp.MustCompile(`(?i)not currently signed in|account is not signed in|no accounts? (configured|found)|session (has )?expired|authorization prompt dismissed|app is locked`), say(signIn())},
		{regexp.MustCompile(`\(40[13]\)|(?i:service account token (is )?invalid|invalid service account token|DecodeSACredentials)`), say(opDenied())},
		{regexp.MustCompile(`(?i)invalid (character in )?secret reference`), say(invalid("op does not read it; the form is %s", form))},
		{regexp.MustCompile(`More than one vault matches "`), say(ambiguous("vault"))},
		{regexp.MustCompile(`More than one item matches "`), say(ambiguous("item"))},
		{regexp.MustCompile(`" isn't a vault in this account`), say(missing("vault"))},
		{regexp.MustCompile(`" isn't an item\b`), say(missing("item"))},
		{regexp.MustCompile(`item ['"].*['"] does not have a field ['"]|" isn't a field in`), say(missing("field"))},
	}
})

func say(err error) func(string) error { return func(string) error { return err } }

// programError classifies a failure of op. It does not repeat op's message.
func programError(err error, words string) error {
	var status *exec.ExitError
	if errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%w: the op program ended and left its output open; try again", secret.ErrUnavailable)
	}
	if !errors.As(err, &status) {
		return fmt.Errorf("%w: the op program cannot be started; is it installed where the configuration says?", secret.ErrUnavailable)
	}
	if status.ExitCode() == 1 {
		for _, c := range complaints() {
			if c.text.MatchString(words) {
				return c.means(words)
			}
		}
	}
	return fmt.Errorf("%w: the op program failed (%v); run it by hand to see what it says", secret.ErrUnavailable, status.ProcessState)
}

func signIn() error {
	return fmt.Errorf("%w: the op program is not signed in; run op signin, or unlock 1Password's app", secret.ErrLocked)
}

func opDenied() error {
	return fmt.Errorf("%w: 1Password does not take what the op program signs in with, or does not let it", secret.ErrDenied)
}

func noProgram() error {
	return fmt.Errorf("%w: the op program's absolute path is not configured", secret.ErrUnavailable)
}

func tooLarge(limit int) error {
	return fmt.Errorf("%w: the op program answers more than %d bytes", secret.ErrTooLarge, limit)
}

func unreadable(words ...string) error {
	return fmt.Errorf("%w: what op %s %s answers is not JSON of a form that is known", secret.ErrUnavailable, words[0], words[1])
}
