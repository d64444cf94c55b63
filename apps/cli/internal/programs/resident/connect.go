package resident

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/usersocket"
)

// Connect returns a connection to the resident, which start makes if it does not exist.
// start returns once the resident listens, or found another listening.
func Connect(c Config, start func() error) (*net.UnixConn, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := usersocket.OwnFolder(c.Folder); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	conn, err := dial(c)
	if err == nil || !absent(err) {
		return conn, err
	}
	if err := start(); err != nil {
		return nil, fmt.Errorf("the resident program does not start: %w", err)
	}
	// A resident that is exiting releases its lock before the next can listen.
	for range 50 {
		if conn, err = dial(c); err == nil || !absent(err) {
			return conn, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, err
}

// absent reports that no process listens.
func absent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

func dial(c Config) (*net.UnixConn, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: c.Socket(), Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := prove(conn, c.Key, asClient, asResident); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
