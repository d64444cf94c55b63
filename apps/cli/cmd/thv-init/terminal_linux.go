package main

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/delivery"
)

// terminal is standard input if that is a terminal. The methods of the zero terminal do
// nothing.
type terminal struct {
	fd    int
	saved *unix.Termios
}

// openTerminal puts the terminal, if fd is one, into a mode in which it echoes and
// changes nothing.
func openTerminal(fd int) (terminal, error) {
	saved, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return terminal{}, nil
	}
	raw := *saved
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return terminal{fd: fd, saved: saved}, unix.IoctlSetTermios(fd, unix.TCSETS, &raw)
}

// ready asks for the frame.
func (t terminal) ready() error {
	if t.saved == nil {
		return nil
	}
	_, err := os.Stdout.WriteString(delivery.Ready)
	return err
}

// restore gives the terminal its mode back.
func (t terminal) restore() {
	if t.saved != nil {
		_ = unix.IoctlSetTermios(t.fd, unix.TCSETS, t.saved)
	}
}

// done reports that further input belongs to the command. If that fails, there is no sender.
func (t terminal) done() {
	if t.saved != nil {
		_, _ = os.Stdout.WriteString(delivery.Done)
	}
}
