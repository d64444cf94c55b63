// Command probe is the workload of the tests. Its first argument selects what it does.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	verbs := map[string]func([]string){
		"echo": echo, "cat": cat, "exit": exit, "env": env, "flood": flood, "size": size,
		"sleep": sleep, "trap": trap, "mute": mute, "lines": lines, "where": where, "file": file,
		"stat": stat, "follow": follow, "-c": echoed, "/app/script": echoed, "write": write,
	}
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "probe: no such verb")
		os.Exit(64)
	}
	verbs[os.Args[1]](os.Args[2:])
}

func echo(args []string) {
	fmt.Print(args[0])
	fmt.Fprint(os.Stderr, args[1])
}

func cat([]string) {
	_, _ = io.Copy(os.Stdout, os.Stdin)
	fmt.Fprint(os.Stderr, "end of input")
}

func exit(args []string) { os.Exit(number(args[0])) }

func env(args []string) { fmt.Print(os.Getenv(args[0])) }

// flood writes n bytes of a pattern that does not repeat with any block.
func flood(args []string) {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for i := range number(args[0]) {
		_ = out.WriteByte(byte(i % 251))
	}
	_ = out.Flush()
}

type winsize struct{ rows, columns, x, y uint16 }

func terminal() (w winsize) {
	_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, 1, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&w)))
	return w
}

// size waits for the requested size of the terminal and prints it. It prints each new size
// until it reads a line.
func size(args []string) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	for terminal().columns != uint16(number(args[0])) {
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Printf("%dx%d\n", terminal().columns, terminal().rows)
	go func() {
		for range changed {
			fmt.Printf("%dx%d\n", terminal().columns, terminal().rows)
		}
	}()
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

func sleep([]string) {
	fmt.Print("ready")
	time.Sleep(10 * time.Minute)
}

func trap([]string) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	fmt.Print("ready")
	fmt.Print((<-c).String())
	os.Exit(7)
}

// mute closes its output and goes on.
func mute([]string) {
	_ = os.Stdout.Close()
	_ = os.Stderr.Close()
	time.Sleep(500 * time.Millisecond)
	os.Exit(3)
}

// lines answers each line at once.
func lines([]string) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		fmt.Printf("got %s\n", in.Text())
	}
}

func where([]string) {
	directory, _ := os.Getwd()
	fmt.Printf("%s %d:%d %d", directory, os.Getuid(), os.Getgid(), os.Getpid())
}

// file reads a file and tries to write it.
func file(args []string) {
	data, err := os.ReadFile(args[0])
	fmt.Printf("%s %v ", data, err)
	fmt.Print(os.WriteFile(args[0], []byte("changed"), 0o644) == nil)
}

// stat prints the mode, owner and content of a file.
func stat(args []string) {
	for _, name := range args {
		info, err := os.Stat(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		data, err := os.ReadFile(name)
		owner := info.Sys().(*syscall.Stat_t)
		fmt.Printf("%s %v %d:%d %d bytes %.40s %v\n", name, info.Mode(), owner.Uid, owner.Gid, len(data), data, err)
	}
}

// follow prints the content of a file each time it has changed.
func follow(args []string) {
	last := "nothing"
	time.Sleep(time.Millisecond)
	for {
		data, err := os.ReadFile(args[0])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if now := string(data); now != last {
			last = now
			fmt.Printf("holds %.40s of %d\n", now, len(now))
		}
	}
}

// echoed is for a shell's command, and a script's.
func echoed(args []string) { fmt.Printf("%q %s", args, os.Getenv("KEY")) }

// write tries to make a file.
func write(args []string) { fmt.Print(os.WriteFile(args[0], nil, 0o600)) }

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}
