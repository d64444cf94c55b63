package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

const namespaced = "THV_TEST_NAMESPACED"

// isolated runs these tests again in a user namespace of their own, whose kernel
// keyring is not the user's: a test must never touch the password of a real
// store. Where the kernel does not allow that, it answers false and the reason.
func isolated() (status int, ran bool, reason string) {
	if os.Getenv(namespaced) != "" {
		return 0, false, ""
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false, err.Error()
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), namespaced+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	uid, gid := os.Getuid(), os.Getgid()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}},
	}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, true, ""
	case errors.As(err, &exit):
		return exit.ExitCode(), true, ""
	}
	return 0, false, fmt.Sprintf("no user namespace: %v", err)
}
