package keyring

import (
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/thv-secrets/thv/core/secret"
)

// fakeService is a Secret Service that does what gnome-keyring does too seldom,
// or not at all, for a test to wait for.
type fakeService struct {
	conn     *dbus.Conn
	mu       sync.Mutex
	calls    []string
	unready  int  // so many searches are refused, as by one that does not know the caller yet
	isLocked bool // and then hides what it has, as KeePassXC does
	refuse   bool // the user declines whatever is asked
}

const (
	fakeItem   = loginPath + "/1"
	fakePrompt = servicePath + "/prompt/1"
)

func startFake(t *testing.T, fake *fakeService) *OS {
	t.Helper()
	config := sessionConfig()
	conn, err := dbus.Connect(config.BusAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	fake.conn = conn
	for _, err := range []error{
		conn.Export(fake, servicePath, serviceInterface),
		conn.Export(fake, servicePath, "org.freedesktop.DBus.Properties"),
		conn.Export(fake, loginPath, "org.freedesktop.DBus.Properties"),
		conn.Export(fake, loginPath, collectionInterface),
		conn.Export(fake, fakeItem, itemInterface),
		conn.Export(fake, fakePrompt, promptInterface),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return NewOS(config)
}

// heard notes a call and returns with the lock held.
func (f *fakeService) heard(call string) (unlock func()) {
	f.mu.Lock()
	f.calls = append(f.calls, call)
	return f.mu.Unlock
}

func (f *fakeService) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeService) SearchItems(map[string]string) (found, locked []dbus.ObjectPath, _ *dbus.Error) {
	defer f.heard("SearchItems")()
	if f.unready--; f.unready >= 0 {
		return nil, nil, dbus.NewError(busUnknownMethod, nil)
	}
	if f.isLocked {
		return nil, nil, nil
	}
	return []dbus.ObjectPath{fakeItem}, nil, nil
}

func (f *fakeService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	defer f.heard("OpenSession")()
	return dbus.MakeVariant(""), servicePath + "/session/1", nil
}

func (f *fakeService) Get(_, property string) (dbus.Variant, *dbus.Error) {
	defer f.heard(property)()
	if property == "Collections" {
		return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
	}
	return dbus.MakeVariant(f.isLocked), nil
}

func (f *fakeService) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	defer f.heard("Unlock")()
	return nil, fakePrompt, nil
}

func (f *fakeService) CreateItem(map[string]dbus.Variant, ss.Secret, bool) (item, prompt dbus.ObjectPath, _ *dbus.Error) {
	defer f.heard("CreateItem")()
	return noObject, fakePrompt, nil
}

func (f *fakeService) GetSecret(session dbus.ObjectPath) (ss.Secret, *dbus.Error) {
	defer f.heard("GetSecret")()
	return ss.NewSecret(session, "kept"), nil
}

func (f *fakeService) Prompt(string) *dbus.Error {
	defer f.heard("Prompt")()
	f.isLocked = f.isLocked && f.refuse
	err := f.conn.Emit(fakePrompt, promptInterface+".Completed", f.refuse, dbus.MakeVariant(""))
	if err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// gnome-keyring 42 to 50 aborts at times where OpenSession comes first.
func TestOS_SearchesFirstAndAgainWhereTheServiceWasNotReady(t *testing.T) {
	if !inSession(t, "no-service") {
		return
	}
	fake := &fakeService{unready: 1}
	o := startFake(t, fake)
	wantPassword(t, o, "a", "kept")
	fake.set(func() {
		if want := []string{"SearchItems", "SearchItems", "OpenSession", "GetSecret"}; !slices.Equal(fake.calls, want) {
			t.Errorf("calls %v, want %v", fake.calls, want)
		}
		fake.unready = 2
	})
	_, err := o.Password(t.Context(), "a")
	wantError(t, err, secret.ErrUnavailable, "searching")
}

func TestOS_UnlocksBeforeItCallsAnItemMissing(t *testing.T) {
	if !inSession(t, "no-service") {
		return
	}
	o := startFake(t, &fakeService{isLocked: true})
	wantPassword(t, o, "a", "kept")
	if err := o.Check(t.Context()); err != nil {
		t.Errorf("Check after it was unlocked: %v", err)
	}
}

func TestOS_AUserWhoSaysNoIsObeyed(t *testing.T) {
	if !inSession(t, "no-service") {
		return
	}
	fake := &fakeService{isLocked: true, refuse: true}
	o := startFake(t, fake)
	wantEach(t, o, secret.ErrLocked, "locked")
	fake.set(func() { fake.isLocked = false })
	wantError(t, o.Keep(t.Context(), "a", secret.NewValue([]byte("x"))), secret.ErrDenied, "declined")
}
