package usersocket

import (
	"golang.org/x/sys/unix"
)

// Peers is whether this system tells which user is at the other end of a socket.
const Peers = true

// peerOf returns the user at the other end of the socket fd.
func peerOf(fd int) (uid int, err error) {
	peer, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return -1, err
	}
	return int(peer.Uid), nil
}
