package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

// testKernel returns a kernel keyring whose keys are this test's own.
func testKernel(t *testing.T) *Kernel {
	t.Helper()
	k := NewKernel(Config{Service: fmt.Sprintf("thv-test-%d-%s", os.Getpid(), t.Name())})
	if err := k.Check(t.Context()); err != nil {
		if _, gone := os.Stat("/proc/keys"); gone != nil {
			t.Skipf("this kernel has no keyrings: %v", err)
		}
		missing(t, "the kernel keyring cannot be used here: %v", err)
	}
	return k
}

// keep keeps a password and forgets it with the test.
func keep(t *testing.T, k *Kernel, account, password string) {
	t.Helper()
	if err := k.Keep(t.Context(), account, secret.NewValue([]byte(password))); err != nil {
		t.Fatal(err)
	}
	clean(t, k, account)
}

// clean unlinks a key with the test, which also works where k does not.
func clean(t *testing.T, k *Kernel, account string) {
	t.Cleanup(func() {
		if id, err := search(k.description(account)); err == nil {
			_ = keyctl(unix.KEYCTL_UNLINK, id, userRing)
		}
	})
}

func wantPassword(t *testing.T, k interface {
	Password(ctx context.Context, account string) (secret.Value, error)
}, account, want string) {
	t.Helper()
	got, err := k.Password(t.Context(), account)
	if err != nil || string(got.Bytes()) != want {
		t.Fatalf("Password(%q) = %q, %v; want %q", account, got.Bytes(), err, want)
	}
}

func wantError(t *testing.T, err, class error, words string) {
	t.Helper()
	if !errors.Is(err, class) || !strings.Contains(err.Error(), words) {
		t.Fatalf("got error %v; want %v that speaks of %q", err, class, words)
	}
	if secret.ClassOf(err) != secret.ClassOf(class) {
		t.Fatalf("%v is of class %s", err, secret.ClassOf(err))
	}
}

func TestKernel_KeepsReplacesAndForgets(t *testing.T) {
	k := testKernel(t)
	_, err := k.Password(t.Context(), "a")
	wantError(t, err, secret.ErrNotFound, "no key")
	wantError(t, k.Forget(t.Context(), "a"), secret.ErrNotFound, "no key")
	keep(t, k, "a", "one")
	id, err := search(k.description("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"two", string(bytes.Repeat([]byte{0, 0xff}, 5000)), "x"} {
		keep(t, k, "a", password)
		wantPassword(t, k, "a", password)
	}
	if now, err := search(k.description("a")); err != nil || now != id {
		t.Fatalf("the key is now %d (%v), was %d", now, err, id)
	}
	if err := k.Forget(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	_, err = k.Password(t.Context(), "a")
	wantError(t, err, secret.ErrNotFound, "the kernel keyring")
}

func TestKernel_LimitsLeaveWhatWasThere(t *testing.T) {
	k := testKernel(t)
	keep(t, k, "a", "one")
	wantError(t, k.Keep(t.Context(), "a", secret.NewValue(make([]byte, maxKeyLen+1))), secret.ErrTooLarge, "32767")
	wantError(t, k.Keep(t.Context(), "a", secret.Value{}), secret.ErrUnsupported, "empty")
	wantPassword(t, k, "a", "one")
}

func TestKernel_ExpiredAndRevokedAreNotFoundAndCanBeReplaced(t *testing.T) {
	k := testKernel(t)
	for account, test := range map[string]struct {
		words string
		spoil func(id int) error
	}{
		"revoked": {"revoked", func(id int) error { return keyctl(unix.KEYCTL_REVOKE, id, 0) }},
		"expired": {"expired", expire},
	} {
		keep(t, k, account, "old")
		id, err := search(k.description(account))
		if err != nil {
			t.Fatal(err)
		}
		if err := possessing(func() error { return test.spoil(id) }); err != nil {
			t.Fatal(err)
		}
		_, err = k.Password(t.Context(), account)
		wantError(t, err, secret.ErrNotFound, test.words)
		wantError(t, k.Forget(t.Context(), account), secret.ErrNotFound, test.words)
		keep(t, k, account, "new")
		wantPassword(t, k, account, "new")
	}
}

// expire gives a key a second to live and waits until the kernel says it is over.
func expire(id int) error {
	if err := keyctl(unix.KEYCTL_SET_TIMEOUT, id, 1); err != nil {
		return err
	}
	for {
		if _, err := readKey(id); errors.Is(err, unix.EKEYEXPIRED) {
			return nil
		} else if err != nil {
			return err
		}
		runtime.Gosched()
	}
}

func TestKernel_NarrowsPermissions(t *testing.T) {
	k := testKernel(t)
	keep(t, k, "new", "x")
	keep(t, k, "wide", "x")
	wide, err := search(k.description("wide"))
	if err != nil {
		t.Fatal(err)
	}
	if err := possessing(func() error { return unix.KeyctlSetperm(wide, 0x3f3f3f3f) }); err != nil {
		t.Fatal(err)
	}
	keep(t, k, "wide", "y")
	for _, account := range []string{"new", "wide"} {
		id, err := search(k.description(account))
		if err != nil {
			t.Fatal(err)
		}
		described, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
		if err != nil || !strings.Contains(described, ";3f010000;") {
			t.Errorf("%s: %s, %v; want permissions 3f010000", account, described, err)
		}
	}
}

func TestKernel_DeniedIsNoAbsence(t *testing.T) {
	k := testKernel(t)
	keep(t, k, "a", "x")
	id, err := search(k.description("a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyctl(unix.KEYCTL_UNLINK, id, userRing) })
	const setattrOnly = 0x20000000
	if err := possessing(func() error { return unix.KeyctlSetperm(id, setattrOnly) }); err != nil {
		t.Fatal(err)
	}
	_, err = k.Password(t.Context(), "a")
	wantError(t, err, secret.ErrDenied, "permissions")
	wantError(t, k.Keep(t.Context(), "a", secret.NewValue([]byte("y"))), secret.ErrDenied, "permissions")
	wantError(t, k.Forget(t.Context(), "a"), secret.ErrDenied, "permissions")
}

// everyThread keeps, reads and replaces on many OS threads at once.
func everyThread(t *testing.T, k *Kernel) {
	keep(t, k, "shared", "everywhere")
	var group sync.WaitGroup
	for n := range 32 {
		group.Go(func() {
			runtime.LockOSThread() // and never unlocked: each has a thread of its own
			account := fmt.Sprint(n)
			clean(t, k, account)
			for range 20 {
				own := secret.NewValue([]byte(account))
				if err := k.Keep(t.Context(), account, own); err != nil {
					t.Error(err)
					return
				}
				got, err := k.Password(t.Context(), account)
				shared, sharedErr := k.Password(t.Context(), "shared")
				if err != nil || sharedErr != nil || !got.Equal(own) || string(shared.Bytes()) != "everywhere" {
					t.Errorf("thread %d: %v, %v", n, err, sharedErr)
				}
			}
			if err := k.Forget(t.Context(), account); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestKernel_WorksOnEveryThread(t *testing.T) { everyThread(t, testKernel(t)) }

func TestKernel_WorksWhereTheSessionDoesNotLinkTheUserKeyring(t *testing.T) {
	if !inChild(t, privateSession) {
		return
	}
	k := testKernel(t)
	keep(t, k, "a", "x")
	id, err := search(k.description("a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readKey(id); !errors.Is(err, unix.EACCES) {
		t.Fatalf("a plain read answers %v: this session is not the one that was to be tested", err)
	}
	everyThread(t, k)
	if _, err := readKey(id); !errors.Is(err, unix.EACCES) {
		t.Fatalf("a plain read afterwards answers %v: a link was left behind", err)
	}
}

func TestKernel_ForbiddenKeyctlIsUnsupported(t *testing.T) {
	if !inChild(t, keyctlForbidden) {
		return
	}
	k := NewKernel(Config{Service: "thv-test"})
	_, err := k.Password(t.Context(), "a")
	for _, err := range []error{err, k.Check(t.Context()), k.Forget(t.Context(), "a"),
		k.Keep(t.Context(), "a", secret.NewValue([]byte("x")))} {
		wantError(t, err, secret.ErrUnsupported, "keyctl is forbidden here")
	}
}

func TestKernel_QuotaIsNamedAndLeavesWhatWasThere(t *testing.T) {
	if os.Getenv(childEnv) == "" && os.Getuid() != 0 {
		t.Skip("only root can become a user whose quota may be used up")
	}
	if !inChild(t, otherUser) {
		return
	}
	k := testKernel(t)
	t.Cleanup(func() { _ = keyctl(unix.KEYCTL_CLEAR, userRing, 0) })
	keep(t, k, "a", "small")
	err := k.Keep(t.Context(), "a", secret.NewValue(make([]byte, 30000)))
	wantError(t, err, secret.ErrUnavailable, "quota")
	wantPassword(t, k, "a", "small")
}
