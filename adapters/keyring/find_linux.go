package keyring

import (
	"cmp"
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/godbus/dbus/v5"

	"github.com/thv-secrets/thv/core/secret"
)

// find returns the items of the service and account in all collections, and which of them
// are locked. Some keyrings do not show the items of a locked collection, so an item counts
// as missing only after the default collection is unlocked.
func (s *session) find(service, account string) (found, locked []dbus.ObjectPath, err error) {
	found, locked, err = s.search(service, account)
	if err != nil || len(found) > 0 {
		return found, locked, err
	}
	collection, err := s.collection()
	if err != nil {
		return nil, nil, err
	}
	was, err := s.locked(collection)
	if err != nil {
		return nil, nil, err
	}
	if was {
		if err = s.unlock(collection); err != nil {
			return nil, nil, err
		}
		found, locked, err = s.search(service, account)
	}
	if err == nil && len(found) == 0 {
		err = notFound(account, service)
	}
	return found, locked, err
}

// gone reports whether err means that item was removed after it had been found.
// gnome-keyring then reports a missing interface; a second search confirms the reason.
func (s *session) gone(err error, item dbus.ObjectPath, service, account string) bool {
	if !isReply(err, busUnknownMethod) {
		return isReply(err, secretNoObject)
	}
	left, _, err := s.search(service, account)
	return err == nil && !slices.Contains(left, item)
}

// search repeats the call if gnome-keyring, which registers connections asynchronously, has
// not noticed this one yet and so reports that it has no search.
func (s *session) search(service, account string) (found, locked []dbus.ObjectPath, err error) {
	for range 2 {
		call := s.call(servicePath, serviceInterface+".SearchItems", attributes(service, account))
		if err = call.Store(&found, &locked); !isReply(err, busUnknownMethod) {
			break
		}
	}
	if err != nil {
		return nil, nil, callError("searching the keyring", err)
	}
	return append(found, locked...), locked, nil
}

// choose returns the preferred one of several items: one in the collection that is written
// to, so that the last value that was kept is read; then one without the additional
// attributes of other programs; then the newest.
func (s *session) choose(found []dbus.ObjectPath, service, account string) (dbus.ObjectPath, error) {
	if len(found) == 1 {
		return found[0], nil
	}
	home, err := s.collection()
	if err != nil && !errors.Is(err, secret.ErrUnsupported) {
		return "", err
	}
	return slices.MaxFunc(found, func(a, b dbus.ObjectPath) int {
		return cmp.Or(
			compare(within(a, home), within(b, home)),
			compare(s.own(a, service, account), s.own(b, service, account)),
			cmp.Compare(s.modified(a), s.modified(b)),
		)
	}), nil
}

// dropTwins removes other items in collection with exactly these attributes, which another
// program must have created, so that every program reads the written item.
func (s *session) dropTwins(collection, written dbus.ObjectPath, service, account string) error {
	found, _, err := s.search(service, account)
	if err != nil {
		return err
	}
	for _, item := range found {
		if item == written || !within(item, collection) || !s.own(item, service, account) {
			continue
		}
		if err := s.remove(item); err != nil && !s.gone(err, item, service, account) {
			return err
		}
	}
	return nil
}

// own reports whether an item has the two attributes, a schema and no others. It is false if
// the attributes cannot be read.
func (s *session) own(item dbus.ObjectPath, service, account string) bool {
	var has map[string]string
	if s.property(item, itemInterface, "Attributes", &has) != nil {
		return false
	}
	delete(has, "xdg:schema")
	return maps.Equal(has, attributes(service, account))
}

func (s *session) modified(item dbus.ObjectPath) uint64 {
	var seconds uint64
	if s.property(item, itemInterface, "Modified", &seconds) != nil {
		return 0
	}
	return seconds
}

func within(item, collection dbus.ObjectPath) bool {
	return path.Dir(string(item)) == string(collection)
}

func compare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
