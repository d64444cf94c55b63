package keyring

import (
	"context"
	"fmt"
	"slices"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/thv-secrets/thv/core/secret"
)

// maxItemLen is the maximum size of an item in bytes: services store it within a second.
const maxItemLen = 1 << 20

// read needs three calls for a single unlocked item. The search must be first: if the first
// call of a connection is OpenSession, gnome-keyring sometimes crashes and loses its
// unlocked secrets.
func (i items) read(ctx context.Context, service, account string) (secret.Value, error) {
	s, err := i.config.open(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	defer s.close()
	found, locked, err := s.find(service, account)
	if err != nil {
		return secret.Value{}, err
	}
	item, err := s.choose(found, service, account)
	if err != nil {
		return secret.Value{}, err
	}
	if slices.Contains(locked, item) {
		if err := s.unlock(item); err != nil {
			return secret.Value{}, err
		}
	}
	content, err := s.content(item)
	if s.gone(err, item, service, account) {
		return secret.Value{}, notFound(account, service)
	}
	if err != nil {
		return secret.Value{}, err
	}
	defer clear(content)
	return secret.NewValue(content), nil
}

func (s *session) content(item dbus.ObjectPath) ([]byte, error) {
	plain, err := s.plain()
	if err != nil {
		return nil, err
	}
	var content ss.Secret
	if err := s.call(item, itemInterface+".GetSecret", plain).Store(&content); err != nil {
		return nil, callError("reading an item of the keyring", err)
	}
	return content.Value, nil
}

// write creates or replaces the item in one call to the Secret Service.
func (i items) write(ctx context.Context, service, account string, value secret.Value) error {
	const doing = "writing an item of the keyring"
	if value.Len() > maxItemLen {
		return fmt.Errorf("%w: the OS keyring takes at most %d bytes", secret.ErrTooLarge, maxItemLen)
	}
	s, err := i.config.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	collection, err := s.collection()
	if err != nil {
		return err
	}
	if err := s.unlockCollection(collection); err != nil {
		return err
	}
	plain, err := s.plain()
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		itemInterface + ".Label":      dbus.MakeVariant(fmt.Sprintf("Password for '%s' on '%s'", account, service)),
		itemInterface + ".Attributes": dbus.MakeVariant(attributes(service, account)),
	}
	var item, prompt dbus.ObjectPath
	content := ss.NewSecret(plain, string(value.Bytes()))
	err = s.call(collection, collectionInterface+".CreateItem", properties, content, true).Store(&item, &prompt)
	if err != nil {
		return callError(doing, err)
	}
	if err := s.confirmed(prompt, doing); err != nil {
		return err
	}
	return s.dropTwins(collection, item, service, account)
}

// erase removes every item of the service and account, so that no other one is found
// afterwards. The item that was read until now is removed last.
func (i items) erase(ctx context.Context, service, account string) error {
	s, err := i.config.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	found, locked, err := s.find(service, account)
	if err != nil {
		return err
	}
	if len(locked) > 0 {
		if err := s.unlock(locked...); err != nil {
			return err
		}
	}
	last, err := s.choose(found, service, account)
	if err != nil {
		return err
	}
	for _, item := range found {
		if item != last {
			if err := s.remove(item); err != nil && !s.gone(err, item, service, account) {
				return err
			}
		}
	}
	if err = s.remove(last); s.gone(err, last, service, account) {
		return notFound(account, service)
	}
	return err
}

func (s *session) remove(item dbus.ObjectPath) error {
	const doing = "deleting an item of the keyring"
	var prompt dbus.ObjectPath
	if err := s.call(item, itemInterface+".Delete").Store(&prompt); err != nil {
		return callError(doing, err)
	}
	return s.confirmed(prompt, doing)
}

// confirmed waits for the user's response to a prompt of the Secret Service.
func (s *session) confirmed(prompt dbus.ObjectPath, doing string) error {
	dismissed, err := s.prompt(prompt, doing)
	if err == nil && dismissed {
		return fmt.Errorf("%w: %s: the desktop's user declined", secret.ErrDenied, doing)
	}
	return err
}

// probe only reads properties.
func (i items) probe(ctx context.Context) error {
	s, err := i.config.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	collection, err := s.collection()
	if err != nil {
		return err
	}
	is, err := s.locked(collection)
	if err == nil && is {
		return locked("asking the keyring")
	}
	return err
}

func attributes(service, account string) map[string]string {
	return map[string]string{"service": service, "username": account}
}
