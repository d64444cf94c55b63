package usersocket

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const strangerVariable = "THV_TEST_STRANGER_SOCKET"

func TestMain(m *testing.M) {
	if path := os.Getenv(strangerVariable); path != "" {
		conn, err := net.Dial("unix", path)
		if err != nil {
			os.Exit(3)
		}
		_, _ = conn.Read(make([]byte, 1)) // until the other side hangs up
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestSameUser_RefusesAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start a process of another user")
	}
	folder, err := os.MkdirTemp("", "thv-r")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	self := filepath.Join(folder, "self")
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Chmod(folder, 0o755), os.Chmod(path, 0o777), os.WriteFile(self, text, 0o755), os.Chmod(self, 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(self)
	cmd.Env = []string{strangerVariable + "=" + path}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := cmd.Start(); err != nil {
		t.Skipf("no process of another user here: %v", err)
	}
	conn, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	if err := SameUser(conn); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("err = %v", err)
	}
	_ = conn.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
