package filestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// memory keeps passwords as long as the program runs.
type memory map[string]secret.Value

func (m memory) Key(_ context.Context, q filestore.Request) (filestore.Key, error) {
	password, ok := m[q.Account]
	if !ok {
		return filestore.Key{}, fmt.Errorf("%w: no password for %s", secret.ErrLocked, q.Account)
	}
	return filestore.Key{Password: password, From: "memory"}, nil
}

func (m memory) NewKey(context.Context, filestore.Request) (filestore.Key, error) {
	return filestore.Key{Password: filestore.GeneratePassword(), From: "memory", Keep: m.keep}, nil
}

func (m memory) keep(_ context.Context, account string, password secret.Value) error {
	m[account] = password
	return nil
}

func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	store, err := filestore.New(filestore.Config{
		Path: filepath.Join(folder, "secrets_encrypted"),
		Keys: memory{},
		Created: func(i filestore.Info) {
			fmt.Printf("made a store of format %d, its password is in %s\n", i.Format, i.KeyFrom)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	name, err := secret.ParseRef("api-key")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.Put(ctx, name, secret.NewValue([]byte("s3cret"))); err != nil {
		fmt.Println(err)
		return
	}
	value, err := store.Get(ctx, name)
	fmt.Println(value, value.Len(), err)
	// Output:
	// made a store of format 2, its password is in memory
	// [redacted] 6 <nil>
}
