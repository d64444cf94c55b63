package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/thv-secrets/thv/core/secret"
)

// busAddress returns the address of the session bus without a call. It does not use godbus for
// this, which would start its own bus if none runs.
func (c Config) busAddress() (string, error) {
	transport, _, _ := strings.Cut(c.BusAddress, ":")
	switch {
	case transport == "disabled":
		return "", unsupported("the session bus is disabled (DBUS_SESSION_BUS_ADDRESS)")
	case transport != "" && transport != "autolaunch":
		return c.BusAddress, nil
	case c.RuntimeDir == "":
		return "", unsupported("no session bus (DBUS_SESSION_BUS_ADDRESS is not set)")
	}
	socket := filepath.Join(c.RuntimeDir, "bus")
	if _, err := os.Stat(socket); errors.Is(err, fs.ErrNotExist) {
		return "", unsupported("no session bus (DBUS_SESSION_BUS_ADDRESS is not set, and there is no %s)", socket)
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket), nil
}

// dial connects to the bus until ctx is done. Then every call on the connection ends, and the
// Secret Service withdraws its prompt.
func (c Config) dial(ctx context.Context) (*dbus.Conn, error) {
	address, err := c.busAddress()
	if err != nil {
		return nil, err
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, dialError(err)
	}
	return conn, nil
}

// prompt lets the Secret Service ask the user. It returns ErrLocked if the user does
// not respond in time, and dismissed if the user refuses.
func (s *session) prompt(path dbus.ObjectPath, doing string) (dismissed bool, err error) {
	if path == noObject {
		return false, nil
	}
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(promptInterface)}
	if err := s.conn.AddMatchSignalContext(s.ctx, match...); err != nil {
		return false, callError(doing, err)
	}
	signals := make(chan *dbus.Signal, 16)
	s.conn.Signal(signals)
	defer s.conn.RemoveSignal(signals)
	s.waiting()
	s.log.Info("the OS keyring asks the desktop's user; waiting", "to", doing)
	if err := s.object(path).CallWithContext(s.ctx, promptInterface+".Prompt", 0, "").Err; err != nil {
		if s.ctx.Err() != nil {
			return false, unanswered(doing)
		}
		return false, callError(doing, err)
	}
	for signal := range signals {
		if signal.Path == path && signal.Name == promptInterface+".Completed" && len(signal.Body) > 0 {
			dismissed, _ = signal.Body[0].(bool)
			return dismissed, nil
		}
	}
	if s.ctx.Err() != nil {
		return false, unanswered(doing)
	}
	return false, fmt.Errorf("%w: %s: the session bus went away", secret.ErrUnavailable, doing)
}

func unanswered(doing string) error {
	return fmt.Errorf("%w: %s: the keyring is locked and was not unlocked in time (unlock it in the desktop's password program, then try again)",
		secret.ErrLocked, doing)
}
