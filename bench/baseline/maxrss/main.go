// Command maxrss runs a command and prints the bytes of its peak resident memory
// as the last line of standard error; 0 if the platform does not report it.
//
// It is a program of its own because Linux counts the memory of the parent process into
// the peak of its child, and this parent is small.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "maxrss:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, peakOf(cmd.ProcessState))
}
