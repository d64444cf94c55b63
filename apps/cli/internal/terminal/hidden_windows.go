package terminal

import (
	"os"
	"syscall"

	"golang.org/x/term"
)

// ends are the signals that end a prompt.
var ends = []os.Signal{os.Interrupt, syscall.SIGTERM}

// hideKeys leaves everything to readLine.
func hideKeys(*os.File) error { return nil }

// readLine reads a line that tty does not show.
func readLine(tty *os.File) ([]byte, error) {
	line, err := term.ReadPassword(int(tty.Fd()))
	if err == nil && len(line) > maxLine {
		return nil, lineTooLong()
	}
	return line, err
}
