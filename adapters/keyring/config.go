package keyring

import (
	"context"
	"log/slog"
	"time"
)

const (
	defaultService = "toolhive"
	defaultTimeout = 5 * time.Second
	// grace is the additional time for a call to report what it was waiting for.
	grace = 200 * time.Millisecond
)

// Config configures the keyrings. The zero Config works on macOS, on Windows and for the
// kernel keyring; on Linux it means that there is no session bus.
type Config struct {
	// Service is the service name under which the key sources keep passwords. The default
	// is "toolhive".
	Service string
	// Timeout is the time limit of each call, including the user's response to a prompt to
	// unlock. The default is 5 s.
	Timeout time.Duration
	// BusAddress is, on Linux, the value of DBUS_SESSION_BUS_ADDRESS. If it is "",
	// "autolaunch:" or similar, the bus is the socket RuntimeDir/bus; no bus is ever
	// started.
	BusAddress string
	// RuntimeDir is, on Linux, XDG_RUNTIME_DIR, or /run/user/<uid> if that is not set; ""
	// for none.
	RuntimeDir string
	// Waiting is called on Linux when a call begins to wait for the user's response to a
	// prompt of the Secret Service, with the maximum wait. It must not block, and may be
	// nil.
	Waiting func(longest time.Duration)
	// Logger receives messages about the wait for a keyring, and no value; nil discards
	// them.
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

// bounded returns the result of call, or an error when limit has passed or ctx is done; then
// call may still run. call must not write to variables that its caller reads.
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
