// Package drip prints a value slowly.
package drip

import (
	"fmt"
	"time"
)

// Gaps are the pauses that Print makes.
var Gaps = []time.Duration{0, 5 * time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond}

// Print writes value to standard output in pieces of one to three bytes, at each
// of Gaps, a line each, and a last line "all of it".
func Print(value string) {
	for _, gap := range Gaps {
		for size := 1; size <= 3; size++ {
			fmt.Printf("%d bytes, %v apart: ", size, gap)
			for rest := value; rest != ""; {
				n := min(size, len(rest))
				fmt.Print(rest[:n])
				rest = rest[n:]
				time.Sleep(gap)
			}
			fmt.Println()
		}
	}
	fmt.Println("all of it")
}
