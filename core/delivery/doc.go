// Package delivery encodes the values that are delivered to a container without
// appearing in its engine's record: a frame is the first bytes on the standard input of
// the init process, which runs before the container's own command. The engine only
// forwards the bytes.
//
// # The frame
//
//	magic "thvframe" (8 bytes) | version (1) | length of the body (4) | CRC-32 of it (4) | body
//
// Numbers are big-endian. The CRC is IEEE's, and detects bytes that were changed in
// transit, for example by a terminal. The body is a sequence of entries:
//
//	kind (1: variable, 2: file) | mode (4, zero for a variable) | length of the name (4) | length of the value (4) | name | value
//
// The frame has no trailer. The bytes after it are the input of the container's own
// command, so a reader must not read beyond the frame.
//
// # On a terminal
//
// Before the init process has set the terminal to raw mode, the terminal would echo and
// change its input. So the sender waits for [Ready] before it sends the frame, and for
// [Done], after which the terminal has its former mode, before it sends the command's
// input. Terminals do not display these sequences.
//
// The package imports little, because the init executable is sent to the engine with
// every start.
package delivery

const (
	// Ready is what an init says on a terminal that takes a frame.
	Ready = "\x1b_thv:ready\x1b\\"
	// Done is what it says of a terminal that is the program's.
	Done = "\x1b_thv:done\x1b\\"
)
