// Package delivery is how values reach a container past its engine's record of it:
// as a frame, the first bytes of the standard input of a program that runs before
// the container's own (the init). The engine only passes them on.
//
// # The frame
//
//	magic "thvframe" (8 bytes) | version (1) | length of the body (4) | CRC-32 of it (4) | body
//
// Numbers are big-endian, and the CRC is IEEE's: it tells a line that has changed
// bytes from one that has not. The body is entries, one after the other:
//
//	kind (1: variable, 2: file) | mode (4, zero for a variable) | length of the name (4) | length of the value (4) | name | value
//
// Nothing follows the frame that belongs to it: what comes next is the input of the
// container's own program, so a reader takes not a byte more.
//
// # On a terminal
//
// Before the init has put a terminal into raw mode, what is sent to it would be
// echoed, and changed. So it says Ready when it has, and the frame is sent then; it
// says Done when the terminal is again as it was, and the program's input is sent
// then. Both are sequences that a terminal shows nothing of.
//
// The package imports little, since what it is part of is sent to an engine with
// every start.
package delivery

const (
	// Ready is what an init says on a terminal that takes a frame.
	Ready = "\x1b_thv:ready\x1b\\"
	// Done is what it says of a terminal that is the program's.
	Done = "\x1b_thv:done\x1b\\"
)
