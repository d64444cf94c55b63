package keyring

import (
	"context"
	"log/slog"
	"slices"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API,
// https://specifications.freedesktop.org/secret-service-spec/latest/.
const (
	serviceName         = "org.freedesktop.secrets"
	servicePath         = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath           = servicePath + "/collection/login"
	memoryPath          = servicePath + "/collection/session"
	noObject            = dbus.ObjectPath("/")
	serviceInterface    = "org.freedesktop.Secret.Service"
	collectionInterface = "org.freedesktop.Secret.Collection"
	itemInterface       = "org.freedesktop.Secret.Item"
	promptInterface     = "org.freedesktop.Secret.Prompt"
	getProperty         = "org.freedesktop.DBus.Properties.Get"
)

// session is one connection to the Secret Service, for one call of this package.
type session struct {
	ctx  context.Context // of that call; the connection ends with it
	conn *dbus.Conn
	log  *slog.Logger
	// waiting is called before the service asks the user.
	waiting func()
}

func (c Config) open(ctx context.Context) (*session, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	waiting := func() {
		if c.Waiting != nil {
			c.Waiting(c.timeout())
		}
	}
	return &session{ctx: ctx, conn: conn, log: c.logger(), waiting: waiting}, nil
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

func (s *session) close() { _ = s.conn.Close() }

func (s *session) object(path dbus.ObjectPath) dbus.BusObject {
	return s.conn.Object(serviceName, path)
}

func (s *session) call(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return s.object(path).CallWithContext(s.ctx, method, 0, args...)
}

// plain opens a session without encryption. It must not be the first call of a connection.
func (s *session) plain() (dbus.ObjectPath, error) {
	var none dbus.Variant
	var path dbus.ObjectPath
	err := s.call(servicePath, serviceInterface+".OpenSession", "plain", dbus.MakeVariant("")).Store(&none, &path)
	if err != nil {
		return "", callError("opening a session with the keyring", err)
	}
	return path, nil
}

// collection returns the collection to which go-keyring writes: the login collection, or else
// the default one.
func (s *session) collection() (dbus.ObjectPath, error) {
	const doing = "looking for the default collection"
	var paths []dbus.ObjectPath
	if err := s.property(servicePath, serviceInterface, "Collections", &paths); err != nil {
		return "", callError(doing, err)
	}
	if slices.Contains(paths, loginPath) {
		return loginPath, nil
	}
	var path dbus.ObjectPath
	if err := s.call(servicePath, serviceInterface+".ReadAlias", "default").Store(&path); err != nil {
		return "", callError(doing, err)
	}
	switch path {
	case noObject:
		return "", unsupported("the Secret Service has no default collection (make one in the desktop's password program)")
	case memoryPath:
		return "", unsupported("the Secret Service's default collection is in memory only (choose another in the desktop's password program)")
	}
	return path, nil
}

func (s *session) property(path dbus.ObjectPath, of, name string, into any) error {
	var value dbus.Variant
	if err := s.call(path, getProperty, of, name).Store(&value); err != nil {
		return err
	}
	return value.Store(into)
}

// locked reports whether a collection is locked, and does not ask to unlock it.
func (s *session) locked(collection dbus.ObjectPath) (bool, error) {
	var is bool
	if err := s.property(collection, collectionInterface, "Locked", &is); err != nil {
		return false, callError("asking whether the keyring is locked", err)
	}
	return is, nil
}

// unlock unlocks collections or items, which may prompt the user.
func (s *session) unlock(paths ...dbus.ObjectPath) error {
	const doing = "unlocking the keyring"
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := s.call(servicePath, serviceInterface+".Unlock", paths).Store(&unlocked, &prompt); err != nil {
		return callError(doing, err)
	}
	dismissed, err := s.prompt(prompt, doing)
	if err == nil && (dismissed || prompt == noObject && len(unlocked) < len(paths)) {
		return locked(doing)
	}
	return err
}

// unlockCollection unlocks the collection if it is locked.
func (s *session) unlockCollection(path dbus.ObjectPath) error {
	is, err := s.locked(path)
	if err != nil || !is {
		return err
	}
	return s.unlock(path)
}
