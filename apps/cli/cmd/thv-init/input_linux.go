package main

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// patience is the maximum wait for the values, in milliseconds. thv sends them at once, but the
// input of a container that the engine restarts stays open and empty.
const patience = 15_000

var errSilence = errors.New("no values came in 15 s")

// input reads a descriptor without a buffer, so that the bytes after the frame are not consumed.
type input int

// Read reads the available bytes.
func (in input) Read(p []byte) (int, error) {
	for {
		polled := []unix.PollFd{{Fd: int32(in), Events: unix.POLLIN}}
		n, err := unix.Poll(polled, patience)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, errSilence
		}
		n, err = unix.Read(int(in), p)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO): // a terminal whose other end is gone
			return 0, io.EOF
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}
