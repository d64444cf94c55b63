// Package usersocket restricts a Unix socket between two processes of one user to that
// user: by the mode of its directory, and by a check of the peer.
package usersocket

import (
	"errors"
	"net"
	"os"
)

// maxPath is the length of the longest path of a socket that every system takes.
const maxPath = 100

// Fits reports whether path is short enough for a socket's.
func Fits(path string) bool { return len(path) <= maxPath }

// SameUser returns an error if the other end of conn belongs to another user, or if
// this system does not tell; see Peers.
func SameUser(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	uid, asked := -1, error(nil)
	if err := raw.Control(func(fd uintptr) { uid, asked = peerOf(int(fd)) }); err != nil {
		return err
	}
	if asked != nil {
		return asked
	}
	if uid != os.Geteuid() {
		return errors.New("the other end of the socket belongs to another user")
	}
	return nil
}
