package exec

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

func unavailable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrUnavailable, fmt.Sprintf(format, args...))
}

// check returns an error if a required field of c is missing.
func (c Config) check() error {
	switch {
	case len(c.Command) == 0 || !filepath.IsAbs(c.Command[0]):
		return errors.New("a provider that is a program needs the absolute path of that program")
	case c.Scheme == "":
		return errors.New("a provider that is a program needs the scheme of its references")
	}
	return nil
}

func (c Config) missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return unavailable("no program %s; install it%s", c.Command[0], c.correct(" or"))
	}
	return unavailable("look at the program %s: %v", c.Command[0], err)
}

func (c Config) notRegular(path string) error {
	return unavailable("%s is no program%s", path, c.correct(";"))
}

func (c Config) notExecutable(path string) error {
	return unavailable("%s is not executable (chmod +x %s)", path, ownfile.Quote(path))
}

// correct returns advice that names the provider in the configuration, if it has a name.
func (c Config) correct(before string) string {
	if c.Name == "" {
		return ""
	}
	return fmt.Sprintf("%s correct secrets.providers.%s.command", before, c.Name)
}

func (c Config) notStarted(err error) error {
	return unavailable("start the program %s: %v", c.Command[0], err)
}

func (c Config) otherScheme() error {
	return fmt.Errorf("%w: the provider %s takes a bare name or %s://PATH", secret.ErrInvalidRef, c.Name, c.Scheme)
}

func (c Config) cannot(what string) error {
	return fmt.Errorf("%w: the program %s of the provider %s cannot %s", secret.ErrUnsupported, c.Command[0], c.Name, what)
}

func (c Config) tooSlow(op protocol.Op, limit time.Duration) error {
	return unavailable("the program %s did not answer %s within %v; %s", c.Command[0], op, limit, c.wait())
}

// outOfTime returns the message for an executable that reported a timeout. said is its own
// message, which may be empty.
func (c Config) outOfTime(limit time.Duration, said string) string {
	message := fmt.Sprintf("the program %s ran out of time, of which it has %v for an answer; %s", c.Command[0], limit, c.wait())
	if said == "" {
		return message
	}
	return message + " (it says: " + said + ")"
}

// wait returns advice for a slow answer.
func (c Config) wait() string {
	return fmt.Sprintf("look whether its backend answers, or raise the timeout of the provider %s in the configuration", c.Name)
}

func (c Config) closed() error { return unavailable("the provider %s was closed", c.Name) }

// broke adds the executable to err, a *protocol.BreakError.
func (c Config) broke(err error) error { return fmt.Errorf("%w (the program %s)", err, c.Command[0]) }

func (c Config) gone(how string) error {
	return unavailable("the program %s %s", c.Command[0], how)
}

// tooLong returns secret.ErrTooLarge with a readable reason.
func (c Config) tooLong() error {
	return fmt.Errorf("%w: a value for the program %s has at most %d bytes", secret.ErrTooLarge, c.Command[0], protocol.MaxValue)
}
