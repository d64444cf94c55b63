package keys

import (
	"errors"
	"os"

	"github.com/godbus/dbus/v5"
)

// service makes one connection and the three calls that reading an item needs.
func service(name, account string) ([]byte, error) {
	bus, err := dbus.Connect(os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = bus.Close() }()
	const prefix = "org.freedesktop.Secret."
	secrets := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")

	var ignored dbus.Variant
	var session dbus.ObjectPath
	if err := secrets.Call(prefix+"Service.OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&ignored, &session); err != nil {
		return nil, err
	}
	var unlocked, locked []dbus.ObjectPath
	wanted := map[string]string{"service": name, "username": account}
	if err := secrets.Call(prefix+"Service.SearchItems", 0, wanted).Store(&unlocked, &locked); err != nil {
		return nil, err
	}
	if len(unlocked) == 0 {
		return nil, errors.New("no such item")
	}
	var item struct {
		Session           dbus.ObjectPath
		Parameters, Value []byte
		ContentType       string
	}
	err = bus.Object("org.freedesktop.secrets", unlocked[0]).Call(prefix+"Item.GetSecret", 0, session).Store(&item)
	return item.Value, err
}
