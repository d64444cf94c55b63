// Command hello is the baseline of every command: a Go program that starts,
// prints a line and ends.
package main

import "os"

func main() { _, _ = os.Stdout.WriteString("hello\n") }
