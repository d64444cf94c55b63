// Command leakprobe is the workload of the tests that find out which processes can read
// a secret, and the program that these tests run inside the container to look for it.
//
//	leakprobe hold     print what a child inherits and "ready", and wait for the end of the input
//	leakprobe own      print this process's environment
//	leakprobe look     print every other process's environment, and the files of /run/secrets, as far as they can be read
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

func main() {
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	switch os.Args[1] {
	case "hold":
		hold()
	case "own":
		fmt.Println(os.Environ())
	case "look":
		look()
	}
}

func hold() {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	inherited, err := exec.Command(self, "own").CombinedOutput()
	fmt.Printf("child: %s %v\n", inherited, err)
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func look() {
	own := filepath.Join("/proc", strconv.Itoa(os.Getpid()), "environ")
	var paths []string
	for _, pattern := range []string{"/proc/[0-9]*/environ", "/run/secrets/*"} {
		found, _ := filepath.Glob(pattern)
		paths = append(paths, found...)
	}
	for _, path := range paths {
		if path == own {
			continue
		}
		content, err := os.ReadFile(path)
		fmt.Printf("%s: %q %v\n", path, content, err)
	}
	fmt.Println("looked")
}
