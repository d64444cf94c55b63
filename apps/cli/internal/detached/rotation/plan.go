package rotation

import (
	"errors"
	"time"

	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	// quiet is how long no file may have changed before the store is read, so that
	// many changes are one.
	quiet = 200 * time.Millisecond
	// longest is how long changes without such a pause may put that off.
	longest = 5 * time.Second
	// mostBackoff bounds the time between two polls of a provider that does not
	// respond, unless the interval is longer: a refused request counts too if there is
	// a quota.
	mostBackoff = 2 * time.Hour
	// spread is the part of an interval by which questions are early or late.
	spread = 0.1
)

// plan decides when to look at what. It reads no clock.
type plan struct {
	interval time.Duration
	policy   rotate.Policy
	random   func() float64
	// deaf is whether no file tells of a change.
	deaf bool

	// file is when to look at what files tell of, ask when to ask the others; zero
	// is not at all.
	file, ask time.Time
	// burst is the first change that has not been looked at.
	burst time.Time
	// acted is the last action.
	acted time.Time
	// notBefore is when a provider may be asked again that gave no answer.
	notBefore time.Time
	failures  int
	// fileFails and askFails are whether the last look of that kind failed.
	fileFails, askFails bool
}

// touched plans a look after a change of a file.
func (p *plan) touched(now time.Time) {
	if p.burst.IsZero() {
		p.burst = now
	}
	p.file = earlier(now.Add(quiet), p.burst.Add(longest))
}

// asked plans the next question after all has been asked.
func (p *plan) asked(now time.Time) {
	p.ask = now.Add(p.about(p.interval))
	p.failures, p.notBefore, p.askFails = 0, time.Time{}, false
}

// next returns when to check next if there are polled (asks) or watched (told) secrets;
// zero means never.
func (p *plan) next(asks, told bool) time.Time {
	at := p.file
	if asks || p.deaf && told {
		at = earlier(at, p.ask)
	}
	if !at.IsZero() {
		at = later(at, p.policy.Next(p.acted))
	}
	return at
}

// due is what is to be looked at now, with the same secrets as next.
func (p *plan) due(now time.Time, asks, told bool) (files, ask bool) {
	passes := passed(p.ask, now)
	return passed(p.file, now) || passes && p.deaf && told, passes && asks
}

// looked takes note of a look that went well.
func (p *plan) looked(now time.Time, files, asks bool) {
	if !asks && !p.askFails {
		p.failures = 0
	}
	if files {
		p.file, p.burst, p.fileFails = time.Time{}, time.Time{}, false
	}
	if asks || p.deaf && files {
		p.asked(now)
	}
}

// trouble is what a failure says of when to try again.
type trouble struct {
	class secret.Class
	// after is the delay that the provider asks for; zero if it names none.
	after time.Duration
}

// troubleOf reads err.
func troubleOf(err error) trouble {
	t := trouble{class: secret.ClassOf(err)}
	var told interface{ RetryAfter() time.Duration }
	if errors.As(err, &told) {
		t.after = told.RetryAfter()
	}
	return t
}

// failed plans the next try after a look that did not go well, and returns when it
// is: at the interval, and later each time if there was no response.
func (p *plan) failed(now time.Time, t trouble, files, asks bool) time.Time {
	wait := p.interval
	if t.silent() {
		for range p.failures {
			wait = min(2*wait, max(mostBackoff, p.interval))
		}
		p.failures++
	}
	again := now.Add(max(p.about(wait), t.after))
	if files {
		p.file, p.burst, p.fileFails = again, time.Time{}, true
	}
	if asks {
		p.ask, p.askFails = again, true
		if t.silent() {
			p.notBefore = again
		}
	}
	if p.deaf {
		p.ask = again
	}
	return again
}

// silent reports whether there was no response: asking again soon is of no use, and may
// use up a quota.
func (t trouble) silent() bool {
	return t.class == secret.ClassUnavailable || t.class == secret.ClassTimeout
}

func (p *plan) about(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - spread + 2*spread*p.random()))
}

// wait puts off what a file has told until at.
func (p *plan) wait(at time.Time) { p.file, p.burst = at, time.Time{} }

func passed(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// earlier returns the earlier of both; the zero time does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
