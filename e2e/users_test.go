package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// userKind is a kind of user, by where the password of the store is kept.
type userKind struct {
	name string
	make func(*testing.T) *user
}

var userKinds = []userKind{
	{"SecretService", withSecretService},
	{"KernelKeyring", withKernelKeyring},
	{"PasswordFile", withPasswordFile},
}

// withSecretService returns a user with a desktop.
func withSecretService(t *testing.T) *user {
	t.Helper()
	if os.Getenv("THV_TEST_SECRET_SERVICE") != "unlocked" {
		t.Fatal("needs an unlocked Secret Service: run under hack/secret-service.sh")
	}
	p := newUser(t)
	t.Cleanup(func() { p.forget() })
	return p
}

// withKernelKeyring returns a user of a server without a session bus, so that the
// kernel keyring is the only keyring. The store was created with a password from a
// file that has been deleted since.
func withKernelKeyring(t *testing.T) *user {
	t.Helper()
	if output, err := exec.Command("keyctl", "show", "@u").CombinedOutput(); err != nil {
		t.Skipf("this machine forbids the kernel's keyring: %v: %s", err, output)
	}
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	file := passwordFile(t)
	p.must(t, "first value", "--password-file", file, "secret", "set", "first")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	return p
}

// withPasswordFile returns a user whose every command has --password-file.
func withPasswordFile(t *testing.T) *user {
	t.Helper()
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	p.global = []string{"--password-file", passwordFile(t)}
	return p
}

func offTheBus(t *testing.T) *user {
	t.Helper()
	return newUser(t, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+t.TempDir())
}

func passwordFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(randomKey(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// forget removes the user's entries from keyrings that outlive the test.
func (p *user) forget() {
	cmd := exec.Command(program("thv"), "secret", "reset-keyring", "--yes")
	cmd.Env = p.env
	_ = cmd.Run()
}
