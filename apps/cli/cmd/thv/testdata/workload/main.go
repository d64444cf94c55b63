// Command workload is what the tests run in a container.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/apps/cli/cmd/thv/testdata/workload/drip"
)

// leak says whether LEAK is set, appends a line to a file and fails.
func leak(path, line string) {
	fmt.Printf("LEAK is set: %v\n", os.Getenv("LEAK") != "")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintln(file, line)
	}
	fmt.Println("appended:", err == nil)
	os.Exit(1)
}

// swap puts what make makes in the place of path, and fails. It says before whether it
// has what no test consents to.
func swap(path string, make func(path string) error) {
	_, err := os.Stat("/inner/private")
	fmt.Printf("LEAK is set: %v\nprivate is there: %v\n", os.Getenv("LEAK") != "", err == nil)
	_ = os.Rename(path, path+".old")
	if err = make(path); err == nil || errors.Is(err, fs.ErrExist) {
		fmt.Println("swapped")
	}
	os.Exit(1)
}

func main() {
	args := append(os.Args[1:], "serve")
	switch args[0] {
	case "exit":
		status, _ := strconv.Atoi(args[1])
		fmt.Println("leaving")
		os.Exit(status)
	case "leak":
		leak(args[1], args[2])
	case "link":
		swap(args[1], func(path string) error { return os.Symlink(args[2], path) })
	case "pipe":
		swap(args[1], func(path string) error { return syscall.Mkfifo(path, 0o600) })
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("staying")
		time.Sleep(time.Hour)
	case "input":
		n, _ := os.Stdin.Read(make([]byte, 1))
		fmt.Println("input ended after", n)
		os.Exit(0)
	case "drip":
		drip.Print(os.Getenv("API_KEY"))
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
