package onepassword

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/secret"
)

// ErrBroken means that the SDK's core has failed permanently in this process, which must be
// restarted. It wraps [secret.ErrUnavailable].
var ErrBroken = fmt.Errorf("%w: the 1Password SDK has failed inside and answers nothing more in this process; start the program again",
	secret.ErrUnavailable)

var (
	errNoClient = errors.New("no client was made")
	errPanicked = errors.New("the SDK panicked")
)

// activity is the operation that failed. It decides whether an error's text may be repeated.
type activity int

const (
	connecting activity = iota // nothing but the token has been exchanged
	asking                     // answers may hold values
)

// failure classifies an error of a whole call of the SDK, by its type if it has one and
// otherwise by its text. An unknown error is [secret.ErrUnavailable].
func failure(err error, doing activity, token secret.Value) error {
	var limited *onepassword.RateLimitExceededError
	var expired *onepassword.DesktopSessionExpiredError
	switch {
	case trapped(err):
		return ErrBroken
	case damaged(err):
		return fmt.Errorf("%w: 1Password could not be asked: %s", secret.ErrUnavailable, reason(err))
	case errors.As(err, &limited):
		return rateLimited(limited.Error())
	case errors.As(err, &expired):
		return fmt.Errorf("%w: the session with the 1Password app has expired; unlock the app", secret.ErrLocked)
	case classified(err):
		return err
	case refused(err):
		return fmt.Errorf("%w: 1Password does not take this service account's token; check it, or make a new one", secret.ErrDenied)
	case says(err, deniedWords) && doing == asking:
		return particular{mayNot()}
	case says(err, deniedWords):
		return mayNot()
	case says(err, []string{"rate limit exceeded"}):
		return rateLimited(err.Error())
	case doing == connecting:
		return fmt.Errorf("%w: 1Password could not be reached: %s", secret.ErrUnavailable, masked(err.Error(), token))
	}
	why := reason(err)
	err = fmt.Errorf("%w: 1Password gave no answer: %s", secret.ErrUnavailable, why)
	if why == unknownForm || why == unknownReason {
		return particular{err}
	}
	return err
}

// particular is a failure that may concern only the requested object: a vault that this
// account may not see, or an item that the SDK does not support.
type particular struct{ error }

func (p particular) Unwrap() error { return p.error }

// ofAll returns err as a failure of the whole service.
func ofAll(err error) error {
	var p particular
	if errors.As(err, &p) {
		return p.error
	}
	return err
}

// whole reports whether err, from a lookup, is a failure of the whole service, which other
// requests would repeat.
func whole(err error) bool {
	switch secret.ClassOf(err) {
	case secret.ClassNotFound, secret.ClassConflict, secret.ClassUnsupported:
		return false
	}
	var p particular
	return !errors.As(err, &p)
}

// The error texts of the SDK's core, version 0.4, in lower case. They are matched only after
// failures inside of the core were excluded, which may contain any text.
var (
	refusedWords = []string{"invalid service account token", "bad service account token", "service account token had invalid format", "you are not authenticated", "bad credentials"}
	deniedWords  = []string{"you don't have the right permissions", "you do not have the right permissions"}
	// damagedWords are the texts of the runtime around the core, of a client that the core
	// no longer knows, and of a session that has ended.
	damagedWords = []string{"wasm", "wazero", "extism", "plugin", "module is closed", "invalid client id", "session expired"}
	// trappedWords are the texts of a core that has trapped. Its stack is not unwound, so
	// every later call fails too.
	trappedWords = []string{"wasm error", "module is closed", "module closed"}
)

func damaged(err error) bool {
	return errors.Is(err, errPanicked) || errors.Is(err, ErrBroken) || says(err, damagedWords)
}

func trapped(err error) bool { return errors.Is(err, ErrBroken) || says(err, trappedWords) }

func refused(err error) bool { return !damaged(err) && !classified(err) && says(err, refusedWords) }

// classified reports whether err already has a class, as an error of [Config].Connect may.
func classified(err error) bool {
	switch secret.ClassOf(err) {
	case secret.ClassOther, secret.ClassCanceled, secret.ClassTimeout:
		return false
	}
	return true
}

func says(err error, words []string) bool {
	text := strings.ToLower(err.Error())
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// reasons are texts of errors that name the reason and cannot be a value.
var reasons = []struct{ word, means string }{
	{"no such host", "its name does not resolve (is there a network?)"},
	{"server misbehaving", "its name does not resolve (is there a network?)"},
	{"connection refused", "the connection was refused"},
	{"network is unreachable", "the network is not reachable"},
	{"x509", "its certificate is not accepted (does a proxy stand between?)"},
	{"deadline exceeded", "no answer came in time"},
	{"context canceled", "no answer came in time"},
	{"request timeout", "no answer came in time"},
	{"i/o timeout", "no answer came in time"},
	{"session expired", "the session had expired; try again"},
	{"internal error", "the SDK had an internal error; try again"},
}

const (
	unknownForm   = "the answer is not of a form that the SDK knows"
	unknownReason = "the SDK failed in a way that is not known here; try again"
)

func reason(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return unknownForm
	}
	for _, r := range reasons {
		if says(err, []string{r.word}) {
			return r.means
		}
	}
	return unknownReason
}

// late returns the error of a call that took too long. The caller's context takes precedence.
func late(ctx context.Context, limit time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: 1Password did not answer within %v", secret.ErrUnavailable, limit)
}

// unresolved classifies the service's error for one reference. It drops the messages of some
// kinds.
func unresolved(kind onepassword.ResolveReferenceErrorTypes) error {
	switch kind {
	case onepassword.ResolveReferenceErrorTypeVariantVaultNotFound:
		return missing("vault")
	case onepassword.ResolveReferenceErrorTypeVariantItemNotFound:
		return missing("item")
	case onepassword.ResolveReferenceErrorTypeVariantNoMatchingSections:
		return missing("section")
	case onepassword.ResolveReferenceErrorTypeVariantFieldNotFound:
		return missing("field")
	case onepassword.ResolveReferenceErrorTypeVariantTooManyVaults:
		return ambiguous("vault")
	case onepassword.ResolveReferenceErrorTypeVariantTooManyItems:
		return ambiguous("item")
	case onepassword.ResolveReferenceErrorTypeVariantTooManyMatchingFields:
		return ambiguous("field")
	case onepassword.ResolveReferenceErrorTypeVariantParsing:
		return invalid("1Password does not read it; the form is %s", form)
	case onepassword.ResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField:
		return unsupported("attribute=otp goes with a one-time password field only")
	case onepassword.ResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField:
		return unsupported("ssh-format goes with the private key of an SSH key only")
	case onepassword.ResolveReferenceErrorTypeVariantUnsupportedFileFormat:
		return unsupported("the file is no text; 1Password's SDK reads text files only")
	case onepassword.ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode:
		return corrupt("no one-time password can be made from what the field holds")
	case onepassword.ResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound,
		onepassword.ResolveReferenceErrorTypeVariantUnableToParsePrivateKey,
		onepassword.ResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH:
		return corrupt("1Password cannot read the private key that the item holds")
	}
	return fmt.Errorf("%w: 1Password could not resolve the reference and does not say why", secret.ErrUnavailable)
}

func missing(what string) error {
	return fmt.Errorf("%w: 1Password has no such %s, or this account may not see it", secret.ErrNotFound, what)
}

func ambiguous(what string) error {
	return fmt.Errorf("%w: the name is ambiguous, more than one %s has it; use the ID", secret.ErrConflict, what)
}

func mayNot() error {
	return fmt.Errorf("%w: 1Password answered that this service account may not; check which vaults it was granted", secret.ErrDenied)
}

// hidden returns why an item has no content. It is not-found only if the service reports that.
func hidden(why *onepassword.ItemsGetAllError) error {
	if why != nil && why.Type == onepassword.ItemsGetAllErrorTypeVariantItemNotFound {
		return missing("item")
	}
	return particular{fmt.Errorf("%w: 1Password does not show the item and does not say why; try again", secret.ErrUnavailable)}
}

func unsupported(text string) error { return fmt.Errorf("%w: %s", secret.ErrUnsupported, text) }

func corrupt(text string) error {
	return fmt.Errorf("%w: %s; mend the item in 1Password", secret.ErrCorrupt, text)
}

func unanswered() error {
	return fmt.Errorf("%w: 1Password left the reference out of its answer", secret.ErrUnavailable)
}

func onlyOp() error {
	return unsupported("1Password's SDK has no such attribute; the op program has it")
}

func noBareNames() error {
	return fmt.Errorf("%w: 1Password has no bare names where no vault is configured for them (write %s)", secret.ErrNotFound, form)
}

func unholdable() error {
	return fmt.Errorf("%w: 1Password's references hold no such name", secret.ErrNotFound)
}

func noToken() error {
	return fmt.Errorf("%w: 1Password needs unlocking: set OP_SERVICE_ACCOUNT_TOKEN to a service account's token", secret.ErrLocked)
}

func notAToken() error {
	return fmt.Errorf("%w: the token in OP_SERVICE_ACCOUNT_TOKEN is not that of a service account, which begins with %s; copy it once more", secret.ErrDenied, tokenPrefix)
}
