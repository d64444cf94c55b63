package rotation

import (
	"errors"
	"time"

	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	// settleTime is the time without a change of a file before the store is read, so that
	// many changes are handled as one.
	settleTime = 200 * time.Millisecond
	// maxSettleTime is the maximum delay by changes without such a pause.
	maxSettleTime = 5 * time.Second
	// maxBackoff bounds the time between two polls of a provider that does not
	// respond, unless the interval is longer: a refused request counts too if there is
	// a quota.
	maxBackoff = 2 * time.Hour
	// jitter is the part of an interval by which polls are early or late.
	jitter = 0.1
)

// plan decides when to check what. It reads no clock.
type plan struct {
	interval time.Duration
	policy   rotate.Policy
	random   func() float64
	// pollOnly is true if files cannot be watched, so that everything is polled.
	pollOnly bool

	// nextFileCheck is the time to read the watched secrets, and nextPoll the time to poll the
	// others; zero for never.
	nextFileCheck, nextPoll time.Time
	// firstChange is the first change of a file since the last check.
	firstChange time.Time
	// lastAction is the time at which the workload last got changed secrets.
	lastAction time.Time
	// notBefore is the earliest time to poll a provider that did not respond.
	notBefore time.Time
	failures  int
	// fileCheckFailed and pollFailed are whether the last check of that kind failed.
	fileCheckFailed, pollFailed bool
}

// fileChanged plans a check after a change of a file.
func (p *plan) fileChanged(now time.Time) {
	if p.firstChange.IsZero() {
		p.firstChange = now
	}
	p.nextFileCheck = earlier(now.Add(settleTime), p.firstChange.Add(maxSettleTime))
}

// polled plans the next poll after all providers have been polled.
func (p *plan) polled(now time.Time) {
	p.nextPoll = now.Add(p.jittered(p.interval))
	p.failures, p.notBefore, p.pollFailed = 0, time.Time{}, false
}

// next returns when to check next if there are polled or watched secrets;
// zero means never.
func (p *plan) next(polled, watched bool) time.Time {
	at := p.nextFileCheck
	if polled || p.pollOnly && watched {
		at = earlier(at, p.nextPoll)
	}
	if !at.IsZero() {
		at = later(at, p.policy.Next(p.lastAction))
	}
	return at
}

// dueChecks returns which checks are due now: of the watched files, and of the polled
// providers. Its parameters are those of next.
func (p *plan) dueChecks(now time.Time, polled, watched bool) (files, poll bool) {
	pollDue := reached(p.nextPoll, now)
	return reached(p.nextFileCheck, now) || pollDue && p.pollOnly && watched, pollDue && polled
}

// checked records a check that succeeded.
func (p *plan) checked(now time.Time, files, poll bool) {
	if !poll && !p.pollFailed {
		p.failures = 0
	}
	if files {
		p.nextFileCheck, p.firstChange, p.fileCheckFailed = time.Time{}, time.Time{}, false
	}
	if poll || p.pollOnly && files {
		p.polled(now)
	}
}

// failureInfo is what a failure says about when to try again.
type failureInfo struct {
	class secret.Class
	// retryAfter is the delay that the provider asks for; zero if it names none.
	retryAfter time.Duration
}

// failureInfoOf reads err.
func failureInfoOf(err error) failureInfo {
	info := failureInfo{class: secret.ClassOf(err)}
	var limited interface{ RetryAfter() time.Duration }
	if errors.As(err, &limited) {
		info.retryAfter = limited.RetryAfter()
	}
	return info
}

// failed plans the next try after a check that failed, and returns when it is: at the
// interval, and later each time if there was no response.
func (p *plan) failed(now time.Time, info failureInfo, files, poll bool) time.Time {
	wait := p.interval
	if info.unresponsive() {
		for range p.failures {
			wait = min(2*wait, max(maxBackoff, p.interval))
		}
		p.failures++
	}
	again := now.Add(max(p.jittered(wait), info.retryAfter))
	if files {
		p.nextFileCheck, p.firstChange, p.fileCheckFailed = again, time.Time{}, true
	}
	if poll {
		p.nextPoll, p.pollFailed = again, true
		if info.unresponsive() {
			p.notBefore = again
		}
	}
	if p.pollOnly {
		p.nextPoll = again
	}
	return again
}

// unresponsive reports whether there was no response: trying again soon is of no use, and
// may use up a quota.
func (info failureInfo) unresponsive() bool {
	return info.class == secret.ClassUnavailable || info.class == secret.ClassTimeout
}

func (p *plan) jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*p.random()))
}

// postpone puts the check of the files off until at.
func (p *plan) postpone(at time.Time) { p.nextFileCheck, p.firstChange = at, time.Time{} }

func reached(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

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
