//go:build !linux && !darwin

package usersocket

import "errors"

// Peers is whether this system tells which user is at the other end of a socket.
const Peers = false

func peerOf(int) (uid int, err error) {
	return -1, errors.New("this system does not tell which user is at the other end of a socket")
}
