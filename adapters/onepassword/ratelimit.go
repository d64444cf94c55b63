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

// units are what retryIn's second part stands for. Five digits of any fit.
var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// rateLimited is a *rateLimit where text tells the time to wait.
func rateLimited(text string) error {
	err := fmt.Errorf("%w: 1Password's rate limit for this account is reached; wait before the next try, since failures count too", secret.ErrUnavailable)
	found := retryIn().FindStringSubmatch(text)
	if found == nil {
		return err
	}
	n, _ := strconv.Atoi(found[1]) // digits
	return &rateLimit{err, time.Duration(n) * units[strings.ToLower(found[2])]}
}

// rateLimit is a rate limit that ends at a time which is known. Its text leaves the
// time to whoever shows it: core/protocol does.
type rateLimit struct {
	error
	after time.Duration
}

func (r *rateLimit) Unwrap() error { return r.error }

// RetryAfter is the time to wait, from when the error was made.
func (r *rateLimit) RetryAfter() time.Duration { return r.after }
