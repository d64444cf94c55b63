package onepassword

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

var retryIn = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:retry|try again) (?:in|after) (\d{1,5}) ?(s|m|h|d)(?:econds?|inutes?|ours?|ays?)?\b`)
})

// units are the units in the second part of retryIn. Five digits of any unit fit a Duration.
var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// rateLimited returns a *rateLimit if text has the time to wait.
func rateLimited(text string) error {
	err := fmt.Errorf("%w: 1Password's rate limit for this account is reached; wait before the next try, since failures count too", secret.ErrUnavailable)
	found := retryIn().FindStringSubmatch(text)
	if found == nil {
		return err
	}
	n, _ := strconv.Atoi(found[1]) // digits
	return &rateLimit{err, time.Duration(n) * units[strings.ToLower(found[2])]}
}

// rateLimit is a rate limit whose end is known. Its text does not contain the time, which the
// code that displays it adds, such as core/protocol.
type rateLimit struct {
	error
	after time.Duration
}

func (r *rateLimit) Unwrap() error { return r.error }

// RetryAfter returns the time to wait after the error was created.
func (r *rateLimit) RetryAfter() time.Duration { return r.after }
