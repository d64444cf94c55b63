package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// somebody is a kind of person, by where the password of their store is kept.
type somebody struct {
	name string
	make func(*testing.T) *person
}

var everybody = []somebody{
	{"SecretService", withSecretService},
	{"KernelKeyring", withKernelKeyring},
	{"PasswordFile", withPasswordFile},
}

// withSecretService returns a person on a desktop.
func withSecretService(t *testing.T) *person {
	t.Helper()
	if os.Getenv("THV_TEST_SECRET_SERVICE") != "unlocked" {
		t.Fatal("needs an unlocked Secret Service: run under hack/secret-service.sh")
	}
	p := newPerson(t)
	t.Cleanup(func() { p.forget() })
	return p
}

// withKernelKeyring returns a person on a server: no session bus, so that the
// kernel's keyring is the only one. The store has been made with a password
// from a file, which is then gone.
func withKernelKeyring(t *testing.T) *person {
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

// withPasswordFile returns a person who gives the password with every command.
func withPasswordFile(t *testing.T) *person {
	t.Helper()
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	p.global = []string{"--password-file", passwordFile(t)}
	return p
}

func offTheBus(t *testing.T) *person {
	t.Helper()
	return newPerson(t, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+t.TempDir())
}

func passwordFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(randomKey(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// forget leaves nothing of the person in keyrings that outlive the test.
func (p *person) forget() {
	cmd := exec.Command(program("thv"), "secret", "reset-keyring", "--yes")
	cmd.Env = p.env
	_ = cmd.Run()
}
