package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	gokeyring "github.com/zalando/go-keyring"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/thv-secrets/thv/core/secret"
)

func sessionConfig() Config {
	return Config{
		Service:    fmt.Sprintf("thv-test-%d", os.Getpid()),
		BusAddress: os.Getenv("DBUS_SESSION_BUS_ADDRESS"),
		RuntimeDir: os.Getenv("XDG_RUNTIME_DIR"),
		Timeout:    time.Minute, // the machine may be busy
	}
}

// testSession returns an OS keyring of this test's own service, and a connection
// to what is behind it.
func testSession(t *testing.T) (*OS, *session) {
	t.Helper()
	config := sessionConfig()
	config.Service += t.Name()
	s, err := config.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	t.Cleanup(func() {
		found, _, err := (&session{ctx: context.Background(), conn: s.conn, log: s.log}).searchService(config.Service)
		if err != nil {
			return
		}
		for _, item := range found {
			_ = s.conn.Object(serviceName, item).Call(itemInterface+".Delete", 0).Err
		}
	})
	return NewOS(config), s
}

func (s *session) searchService(service string) (found, locked []dbus.ObjectPath, err error) {
	err = s.call(servicePath, serviceInterface+".SearchItems", map[string]string{"service": service}).Store(&found, &locked)
	return append(found, locked...), locked, err
}

func plainSession(t *testing.T, s *session) dbus.ObjectPath {
	t.Helper()
	if _, err := s.collection(); err != nil && !errors.Is(err, secret.ErrUnsupported) {
		t.Fatal(err)
	}
	path, err := s.plain()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// plant makes an item as another program would, beside what is there.
func plant(t *testing.T, s *session, collection dbus.ObjectPath, has map[string]string, content string) dbus.ObjectPath {
	t.Helper()
	var item, prompt dbus.ObjectPath
	plain := plainSession(t, s)
	properties := map[string]dbus.Variant{
		itemInterface + ".Label":      dbus.MakeVariant("planted"),
		itemInterface + ".Attributes": dbus.MakeVariant(has),
	}
	err := s.call(collection, collectionInterface+".CreateItem", properties, ss.NewSecret(plain, content), false).Store(&item, &prompt)
	if err != nil || prompt != noObject {
		t.Fatalf("CreateItem: %v, prompt %v", err, prompt)
	}
	return item
}

func osKeep(t *testing.T, o *OS, account, password string) {
	t.Helper()
	if err := o.Keep(t.Context(), account, secret.NewValue([]byte(password))); err != nil {
		t.Fatal(err)
	}
}

func wantItems(t *testing.T, s *session, o *OS, account string, want int) []dbus.ObjectPath {
	t.Helper()
	found, _, err := s.search(o.config.service(), account)
	if err != nil || len(found) != want {
		t.Fatalf("items of %q: %v, %v; want %d", account, found, err, want)
	}
	return found
}

func TestOS_KeepsReplacesAndForgets(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	if err := o.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := o.Password(t.Context(), "a")
	wantError(t, err, secret.ErrNotFound, "no item")
	wantError(t, o.Forget(t.Context(), "a"), secret.ErrNotFound, "no item")
	for _, password := range []string{"one", "", "\x00\xff\n", strings.Repeat("long", 16<<10)} {
		osKeep(t, o, "a", password)
		wantPassword(t, o, "a", password)
	}
	wantItems(t, s, o, "a", 1)
	osKeep(t, o, "b", "other")
	if err := o.Forget(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	_, err = o.Password(t.Context(), "a")
	wantError(t, err, secret.ErrNotFound, "no item")
	wantPassword(t, o, "b", "other")
}

func TestOS_SharesItemsWithGoKeyring(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	service := o.config.service()
	properties := func(account string) (label string, has map[string]string, content ss.Secret) {
		item := wantItems(t, s, o, account, 1)[0]
		plain := plainSession(t, s)
		for _, err := range []error{
			s.property(item, itemInterface, "Label", &label),
			s.property(item, itemInterface, "Attributes", &has),
			s.call(item, itemInterface+".GetSecret", plain).Store(&content),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		content.Session = ""
		delete(has, "xdg:schema") // gnome-keyring adds it, or not, to either
		return strings.ReplaceAll(label, account, "x"), has, content
	}

	osKeep(t, o, "ours", "péssword")
	if err := gokeyring.Set(service, "theirs", "péssword"); err != nil {
		t.Fatal(err)
	}
	ourLabel, ourAttributes, ourContent := properties("ours")
	theirLabel, theirAttributes, theirContent := properties("theirs")
	theirAttributes["username"] = "ours"
	if diff := cmp.Diff([]any{theirLabel, theirAttributes, theirContent}, []any{ourLabel, ourAttributes, ourContent}); diff != "" {
		t.Errorf("go-keyring's item and ours (-theirs +ours):\n%s", diff)
	}
	if got, err := gokeyring.Get(service, "ours"); got != "péssword" || err != nil {
		t.Errorf("go-keyring reads ours as %q, %v", got, err)
	}
	wantPassword(t, o, "theirs", "péssword")
	osKeep(t, o, "theirs", "new")
	if got, err := gokeyring.Get(service, "theirs"); got != "new" || err != nil {
		t.Errorf("go-keyring reads its own, replaced, as %q, %v", got, err)
	}
	if err := gokeyring.Delete(service, "ours"); err != nil {
		t.Error(err)
	}
	_, err := o.Password(t.Context(), "ours")
	wantError(t, err, secret.ErrNotFound, "no item")
}

func TestOS_OwnItemWinsOverAnotherProgramsNewerOne(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	foreign := attributes(o.config.service(), "a")
	foreign["application"] = "another program"
	plant(t, s, loginPath, foreign, "foreign")
	wantPassword(t, o, "a", "foreign")
	osKeep(t, o, "a", "ours")
	plant(t, s, loginPath, foreign, "newer")
	wantPassword(t, o, "a", "ours")
	osKeep(t, o, "a", "ours again")
	wantPassword(t, o, "a", "ours again")
	if err := o.Forget(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	wantItems(t, s, o, "a", 0)
}

func TestOS_KeepLeavesNoTwin(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	for _, content := range []string{"first", "second", "third"} {
		plant(t, s, loginPath, attributes(o.config.service(), "a"), content)
	}
	osKeep(t, o, "a", "kept")
	wantItems(t, s, o, "a", 1)
	wantPassword(t, o, "a", "kept")
	if got, err := gokeyring.Get(o.config.service(), "a"); got != "kept" || err != nil {
		t.Errorf("go-keyring reads %q, %v", got, err)
	}
}

// newCollection makes a collection without asking anybody for a password, by
// gnome-keyring's interface for that.
func newCollection(t *testing.T, s *session, label string) dbus.ObjectPath {
	t.Helper()
	var path dbus.ObjectPath
	plain := plainSession(t, s)
	properties := map[string]dbus.Variant{collectionInterface + ".Label": dbus.MakeVariant(label)}
	err := s.call(servicePath, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.CreateWithMasterPassword",
		properties, ss.NewSecret(plain, "master")).Store(&path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Object(serviceName, path).Call(collectionInterface+".Delete", 0).Err })
	return path
}

func lock(t *testing.T, s *session, path dbus.ObjectPath) {
	t.Helper()
	if err := s.call(servicePath, serviceInterface+".Lock", []dbus.ObjectPath{path}).Err; err != nil {
		t.Fatal(err)
	}
}

func TestOS_FindsAnItemOfAnotherCollectionAndWritesToTheLoginCollection(t *testing.T) {
	if !inFreshSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	other := newCollection(t, s, "other")
	plant(t, s, other, attributes(o.config.service(), "a"), "elsewhere")
	wantPassword(t, o, "a", "elsewhere")
	if err := s.call(servicePath, serviceInterface+".SetAlias", "default", other).Err; err != nil {
		t.Fatal(err)
	}
	osKeep(t, o, "a", "kept")
	wantPassword(t, o, "a", "kept")
	if got, err := gokeyring.Get(o.config.service(), "a"); got != "kept" || err != nil {
		t.Errorf("go-keyring reads %q, %v", got, err)
	}
	lock(t, s, other)
	wantPassword(t, o, "a", "kept")
	wantItems(t, s, o, "a", 2)
}

func TestOS_ItemOfALockedCollectionIsLockedNotMissing(t *testing.T) {
	if !inFreshSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	other := newCollection(t, s, "other")
	plant(t, s, other, attributes(o.config.service(), "a"), "elsewhere")
	lock(t, s, other)
	_, err := o.Password(t.Context(), "a")
	wantError(t, err, secret.ErrLocked, "unlocking the keyring")
	wantError(t, o.Forget(t.Context(), "a"), secret.ErrLocked, "unlocking the keyring")
	wantItems(t, s, o, "a", 1)
}

func TestOS_WithoutAPlaceToKeepThingsIsUnsupported(t *testing.T) {
	if !inFreshSession(t, "unlocked") {
		return
	}
	o, s := testSession(t)
	if err := s.call(loginPath, collectionInterface+".Delete").Err; err != nil {
		t.Fatal(err)
	}
	wantEach(t, o, secret.ErrUnsupported, "collection")
	if err := s.call(servicePath, serviceInterface+".SetAlias", "default", memoryPath).Err; err != nil {
		t.Fatal(err)
	}
	wantEach(t, o, secret.ErrUnsupported, "memory only")
}

// The prompter of this session never answers.
func TestOS_LockedCollectionIsLockedInTime(t *testing.T) {
	if !inFreshSession(t, "locked") {
		return
	}
	o, s := testSession(t)
	unlockLogin(t, s)
	osKeep(t, o, "there", "kept")
	lock(t, s, loginPath)

	impatient := *o
	impatient.config.Timeout = 300 * time.Millisecond
	impatient.items.config.Timeout = impatient.config.Timeout
	wantError(t, o.Check(t.Context()), secret.ErrLocked, "unlock it")
	for _, account := range []string{"there", "missing"} {
		_, err := impatient.Password(t.Context(), account)
		wantError(t, err, secret.ErrLocked, "was not unlocked in time")
		wantError(t, impatient.Forget(t.Context(), account), secret.ErrLocked, "was not unlocked in time")
		wantError(t, impatient.Keep(t.Context(), account, secret.NewValue([]byte("new"))), secret.ErrLocked, "was not unlocked in time")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := o.Password(ctx, "there"); err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
		t.Errorf("the caller's deadline: %v", err)
	}

	patient := *o
	waits := make(chan time.Duration, 1)
	patient.items.config.Timeout = time.Minute
	patient.items.config.Waiting = func(longest time.Duration) { waits <- longest }
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := patient.Password(ctx, "there")
		ended <- err
	}()
	select { // it is said while the call waits, not after it
	case longest := <-waits:
		if longest != time.Minute {
			t.Errorf("it waits %v", longest)
		}
	case err := <-ended:
		t.Errorf("it ended without a word: %v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled call: %v", err)
	}

	unlockLogin(t, s)
	wantPassword(t, o, "there", "kept")
	_, err := o.Password(t.Context(), "missing")
	wantError(t, err, secret.ErrNotFound, "no item")
}

// unlockLogin unlocks the collection past the prompter.
func unlockLogin(t *testing.T, s *session) {
	t.Helper()
	plain := plainSession(t, s)
	err := s.call(servicePath, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword",
		loginPath, ss.NewSecret(plain, "throw-away")).Err
	if err != nil {
		t.Fatal(err)
	}
}
