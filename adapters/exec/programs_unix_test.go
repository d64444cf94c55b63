//go:build unix

package exec

import (
	"fmt"
	"os"
	osexec "os/exec"
	"syscall"
)

func addUnixPrograms() {
	programs["leaves a child"] = func(p *peer) { p.hello(); leaveChild(p, nil); p.echo() }
	programs["ends before its child"] = func(p *peer) { p.hello(); leaveChild(p, nil); p.next() }
	programs["child in a session"] = func(p *peer) {
		p.hello()
		leaveChild(p, &syscall.SysProcAttr{Setsid: true})
		p.echo()
	}
}

func processGroup() int { return syscall.Getpgrp() }

// leaveChild starts a process that keeps our streams open, and answers its id.
func leaveChild(p *peer, attributes *syscall.SysProcAttr) {
	child := &osexec.Cmd{
		Path: os.Args[0], Args: os.Args, Env: []string{modeVariable + "=child"},
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, SysProcAttr: attributes,
	}
	r := p.next()
	if err := child.Start(); err != nil {
		os.Exit(1)
	}
	p.answer(r.ID, fmt.Sprint(child.Process.Pid))
}
