//go:build !linux && !darwin

package resident

const peers = false

func peerOf(int) (uid int, err error) { return -1, ErrUnsupported }
