package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock/unlocktest"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func value(s string) secret.Value { return secret.NewValue([]byte(s)) }

// machine is a computer with two keyrings, a user at its terminal, and a home directory.
type machine struct {
	t               *testing.T
	desktop, kernel *unlocktest.Keyring
	person          unlocktest.User
	home            string
}

func newMachine(t *testing.T) *machine {
	return &machine{
		t: t, home: t.TempDir(),
		desktop: unlocktest.NewKeyring(), kernel: unlocktest.NewKeyring(),
	}
}

// vault is what one command has: given is its TOOLHIVE_SECRETS_PASSWORD.
func (m *machine) vault(given string) *Vault {
	ladder := unlock.New(unlock.Config{
		Given: []unlock.PasswordSource{unlock.Variable("V", value(given))},
		Keyrings: []unlock.Keyring{
			{Name: "OS keyring", Source: m.desktop, Persistent: true},
			{Name: "kernel keyring", Source: m.kernel},
		},
		Prompter: &m.person,
	})
	return New(filestore.Config{Path: filepath.Join(m.home, "toolhive", "store")}, ladder, Recovers{})
}

func (m *machine) put(v *Vault, name, text string) {
	m.t.Helper()
	store, err := v.Store()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := store.Put(context.Background(), ref(m.t, name), value(text)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) get(v *Vault, name string) (secret.Value, error) {
	m.t.Helper()
	store, err := v.Store()
	if err != nil {
		m.t.Fatal(err)
	}
	return store.Get(context.Background(), ref(m.t, name))
}

// wantOpen fails where a command without anything given cannot read a secret.
func (m *machine) wantOpen(when string) {
	m.t.Helper()
	if got, err := m.get(m.vault(""), "a"); err != nil || !got.Equal(value("1")) {
		m.t.Errorf("%s: %v", when, err)
	}
}

var ref = providertest.MustRef

func TestKeyring_ThatComesBackStillOpensTheStore(t *testing.T) {
	for name, failure := range map[string]error{"absent": unlocktest.ErrAbsent, "broken": unlocktest.ErrBroken} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.person.Types = "typed-one"
			m.put(m.vault("typed-one"), "a", "1")
			m.desktop.Err = failure
			m.wantOpen("while it is away, typed")
			m.person.Types = ""
			m.wantOpen("while it is away, from the kernel keyring")
			m.desktop.Err = nil
			m.wantOpen("back")
			m.kernel.Kept = map[string]string{}
			m.wantOpen("back, after a reboot")
		})
	}
}

func TestCreate_Format1LeavesAnotherStoresPasswordAlone(t *testing.T) {
	m := newMachine(t)
	if err := m.vault("").Create(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	m.put(m.vault(""), "a", "1")
	first := m.home
	m.home = t.TempDir()
	if err := m.vault("another-one").Create(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	m.home = first
	m.wantOpen("the first store")
}

func TestChangePassword_OfStoresThatShareAnAccountLosesNone(t *testing.T) {
	m := newMachine(t)
	homes := []string{m.home, t.TempDir()}
	for _, m.home = range homes {
		if err := m.vault("").Create(context.Background(), 1); err != nil {
			t.Fatal(err)
		}
		m.put(m.vault(""), "a", "1")
	}
	if err := m.vault("").ChangePassword(context.Background(), unlock.Change{}); err != nil {
		t.Fatal(err)
	}
	for _, m.home = range homes {
		m.wantOpen(m.home)
	}
}

func TestChangePassword_BrokenKeyringEndsIt(t *testing.T) {
	m := newMachine(t)
	m.put(m.vault(""), "a", "1")
	m.desktop.Err = unlocktest.ErrBroken
	m.person.Types = "typed-one"
	if err := m.vault("").ChangePassword(context.Background(), unlock.Change{}); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("err = %v", err)
	}
	m.desktop.Err, m.person.Types = nil, ""
	m.wantOpen("afterwards")
}

func TestForgetPassword_LeavesNothingThatOpensAnUpgradedStore(t *testing.T) {
	m := newMachine(t)
	if err := m.vault("typed-one").Create(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	m.put(m.vault("typed-one"), "a", "1")
	if err := m.vault("typed-one").Upgrade(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.vault("").ForgetPassword(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.get(m.vault(""), "a"); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("it still opens: %v", err)
	}
	if len(m.desktop.Kept)+len(m.kernel.Kept) > 0 {
		t.Errorf("left are %v and %v", m.desktop.Kept, m.kernel.Kept)
	}
	if got, err := m.get(m.vault("typed-one"), "a"); err != nil || !got.Equal(value("1")) {
		t.Errorf("with the password: %v", err)
	}
}

func TestForgetPassword_WithoutAStoreTouchesNothing(t *testing.T) {
	m := newMachine(t)
	m.desktop.Kept[filestore.Account1] = "another program's"
	had, err := m.vault("").ForgetPassword(context.Background())
	if err != nil || len(had) != 0 || len(m.desktop.Kept) != 1 {
		t.Errorf("had %v, %v", had, err)
	}
}

func TestDescribe_WarnsOfALossOnly(t *testing.T) {
	m := newMachine(t)
	m.put(m.vault(""), "a", "1")
	info, err := m.vault("").Describe(context.Background())
	if err != nil || info.Warning() == "" {
		t.Errorf("generated: %q, %v", info.Warning(), err)
	}
	m.home = t.TempDir()
	m.put(m.vault("typed-one"), "a", "1")
	info, err = m.vault("").Describe(context.Background())
	if err != nil || info.Warning() != "" {
		t.Errorf("typed: %q, %v", info.Warning(), err)
	}
	if err := os.Remove(info.Path); err != nil {
		t.Fatal(err)
	}
	info, err = m.vault("").Describe(context.Background())
	if err != nil || info.Exists || info.Warning() != "" {
		t.Errorf("none: %+v, %v", info, err)
	}
}

func TestUpgrade_ReusesThePasswordThatTheKernelKeeps(t *testing.T) {
	m := newMachine(t)
	m.desktop.Err = unlocktest.ErrAbsent
	if err := m.vault("typed-one").Create(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	m.put(m.vault("typed-one"), "a", "1")
	if m.kernel.Kept[filestore.Account1] != "typed-one" {
		t.Fatalf("kept: %v", m.kernel.Kept)
	}
	if err := m.vault("").Upgrade(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{"", "typed-one"} {
		if got, err := m.get(m.vault(given), "a"); err != nil || !got.Equal(value("1")) {
			t.Errorf("with %q given: %v", given, err)
		}
	}
	if info, err := m.vault("").Describe(context.Background()); err != nil || info.Format != 2 {
		t.Errorf("%+v, %v", info, err)
	}
}
