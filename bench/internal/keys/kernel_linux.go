package keys

import "golang.org/x/sys/unix"

func kernel(description string) ([]byte, error) {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", description, 0)
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 256)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buffer, 0)
	if err != nil {
		return nil, err
	}
	return buffer[:min(n, len(buffer))], nil
}
