package signals

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Stops are the signals that stop a process and can be caught to put a terminal
// back first.
var Stops = []os.Signal{syscall.SIGTSTP}

// What a signal does, apart from calling a handler.
const (
	byDefault = 0 // SIG_DFL
	nothing   = 1 // SIG_IGN
)

// action is the kernel's struct sigaction.
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// ignored asks the kernel, since the runtime notes neither SIGTSTP nor its like.
func ignored(sig os.Signal) bool {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return false
	}
	var now action
	return swap(number, nil, &now) && now.handler == nothing
}

// release gives sig, which is not ignored, its default action until restore is
// called. The runtime keeps its handler of a signal that was caught once.
func release(sig syscall.Signal) (restore func()) {
	var before action
	if ignored(sig) || !swap(sig, &action{handler: byDefault}, &before) {
		return func() {}
	}
	return func() { swap(sig, &before, nil) }
}

// parentOf returns the id of a process's parent.
func parentOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := bytes.Cut(text, []byte(") ")) // the name before may hold anything
	var state string
	var parent int
	if err != nil || !found {
		return unknown
	}
	if _, err := fmt.Sscan(string(after), &state, &parent); err != nil {
		return unknown
	}
	return parent
}

func swap(sig syscall.Signal, next, before *action) bool {
	const maskSize = 8
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(next)), uintptr(unsafe.Pointer(before)), maskSize, 0, 0)
	return errno == 0
}
