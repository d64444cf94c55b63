package keyring

import (
	"context"
	"log/slog"
	"time"
)

const (
	defaultService = "toolhive"
	defaultTimeout = 5 * time.Second
	// grace is what a call gets after its time to say what it was waiting for.
	grace = 200 * time.Millisecond
)

// Config says where the keyrings are. The zero Config is useful on macOS and
// Windows and for the kernel keyring; on Linux it says that there is no session
// bus.
type Config struct {
	// Service is the name under which the key sources file passwords;
	// "toolhive" when empty.
	Service string
	// Timeout bounds each call, including the time in which a person may answer
	// the request to unlock; 5 s when zero.
	Timeout time.Duration
	// BusAddress is, on Linux, the value of DBUS_SESSION_BUS_ADDRESS as the
	// application found it. With "", "autolaunch:" or the like, the bus is
	// the socket RuntimeDir/bus; no bus is ever started.
	BusAddress string
	// RuntimeDir is, on Linux, XDG_RUNTIME_DIR, or /run/user/<uid> where that is
	// not set; "" for none.
	RuntimeDir string
	// Waiting is called on Linux when a call begins to wait for the user, whom the
	// Secret Service asks to unlock the keyring or to agree, with the longest time
	// that it waits. It must not block, and may be nil.
	Waiting func(longest time.Duration)
	// Logger hears of waiting for a keyring to be unlocked; nil to discard it. No
	// value reaches it.
	Logger *slog.Logger
}

func (c Config) service() string {
	if c.Service == "" {
		return defaultService
	}
	return c.Service
}

func (c Config) timeout() time.Duration {
	if c.Timeout <= 0 {
		return defaultTimeout
	}
	return c.Timeout
}

// bounded returns what call answers, or an error once the time or ctx is up;
// call may still be running then. call must not write to what its caller reads.
func bounded[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan answer, 1)
	go func() {
		value, err := call(timed)
		done <- answer{value, err}
	}()
	var got answer
	select {
	case got = <-done:
	case <-timed.Done():
		got.err = timed.Err()
		if ctx.Err() == nil {
			select {
			case got = <-done:
			case <-time.After(grace):
			}
		}
	}
	if got.err == nil {
		return got.value, nil
	}
	return none, outcome(ctx, timed, limit, got.err)
}
