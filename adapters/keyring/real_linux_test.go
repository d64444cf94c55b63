package keyring

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Environment of a test binary that a test starts again for itself.
const (
	childEnv   = "THV_TEST_CHILD"
	serviceEnv = "THV_TEST_SECRET_SERVICE" // set by hack/secret-service.sh
)

// How a child is made before its test runs.
const (
	freshSession      = "fresh-session"    // another private Secret Service
	privateSession    = "private-session"  // a session keyring that does not link @u
	keyctlForbidden   = "keyctl-forbidden" // seccomp answers EPERM
	otherUser         = "other-user"       // a user with an empty keyring and the common quota
	otherUID          = 54321              // of otherUser
	secretServiceFile = "../../hack/secret-service.sh"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(childEnv) {
	case privateSession:
		err = joinPrivateSession()
	case keyctlForbidden:
		err = forbidKeyctl()
	case otherUser:
		err = syscall.Setuid(otherUID)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// joinPrivateSession starts this program again, since a keyring joined here would
// be that of one thread.
func joinPrivateSession() error {
	runtime.LockOSThread()
	if err := keyctl(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := os.Setenv(childEnv, privateSession+"-joined"); err != nil {
		return err
	}
	return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}

// forbidKeyctl does to all threads of this process what Docker's default profile
// does.
func forbidKeyctl() error {
	const deny = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	jump := func(nr uintptr, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(nr), Jt: skip}
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		jump(unix.SYS_KEYCTL, 3),
		jump(unix.SYS_ADD_KEY, 2),
		jump(unix.SYS_REQUEST_KEY, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: deny},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// inChild reports whether the test runs in the child that it needs. If not, it
// runs the test there, and the caller returns.
func inChild(t *testing.T, how string) bool {
	t.Helper()
	if strings.HasPrefix(os.Getenv(childEnv), how) {
		return true
	}
	again(t, how, os.Args[0])
	return false
}

// inSession is inChild for a private Secret Service in that mode of
// hack/secret-service.sh; where the test already has one, it stays there.
func inSession(t *testing.T, mode string) bool {
	t.Helper()
	if os.Getenv(serviceEnv) == mode {
		return true
	}
	inFreshSession(t, mode)
	return false
}

// inFreshSession is inSession for a test that leaves the Secret Service changed.
func inFreshSession(t *testing.T, mode string) bool {
	t.Helper()
	if os.Getenv(childEnv) == freshSession+t.Name() {
		return true
	}
	for _, program := range []string{"dbus-run-session", "dbus-send", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, "%s is not installed, so there is no Secret Service to test with", program)
		}
	}
	command := []string{secretServiceFile}
	if mode != "unlocked" {
		command = append(command, "--"+mode)
	}
	again(t, freshSession+t.Name(), append(command, os.Args[0])...)
	return false
}

// again runs the calling test by command in a process of its own.
func again(t *testing.T, child string, command ...string) {
	t.Helper()
	args := slices.Concat(command[1:], []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.count=1"})
	cmd := exec.CommandContext(t.Context(), command[0], args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), childEnv+"="+child, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("%v:\n%s", err, out)
	case strings.Contains(string(out), "\n--- SKIP"):
		t.Skipf("skipped in the child:\n%s", out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Fatalf("the child ran no test:\n%s", out)
	}
}

// missing skips a test for which this machine lacks something, except where
// THV_REAL=1 says that it must not.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("THV_REAL") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
