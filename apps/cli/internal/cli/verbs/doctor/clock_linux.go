package doctor

import "golang.org/x/sys/unix"

// The return values of adjtimex(2), from linux/timex.h.
const (
	staUnsync = 0x40
	timeError = 5
)

// synchronised queries the kernel, which sets nothing if no modes are given.
func synchronised() finding {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return synchronisation(err == nil, state != timeError && t.Status&staUnsync == 0)
}
