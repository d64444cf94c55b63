// Command workload is what the tests run in a container.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	args := append(os.Args[1:], "serve")
	switch args[0] {
	case "exit":
		status, _ := strconv.Atoi(args[1])
		fmt.Println("leaving")
		os.Exit(status)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("staying")
		time.Sleep(time.Hour)
	case "input":
		n, _ := os.Stdin.Read(make([]byte, 1))
		fmt.Println("input ended after", n)
		os.Exit(0)
	case "flood":
		line := strings.Repeat("x", 1023)
		for i := range 12 << 10 {
			fmt.Println(i, line)
		}
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	fmt.Println("serving with", os.Getenv("API_KEY"))
	fmt.Fprint(os.Stderr, "half a line")
	<-told
	fmt.Println("told to end")
}
