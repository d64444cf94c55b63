package terminal

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func echoes(t *testing.T, s *Streams) bool {
	state, err := unix.IoctlGetTermios(int(s.In.(*os.File).Fd()), unix.TCGETS)
	if err != nil {
		t.Error(err)
		return false
	}
	return state.Lflag&unix.ECHO != 0
}
