// Command set is the baseline of thv secret set: one raw keyring read, one
// decryption, one encryption, and the two fsyncs of an atomic replacement.
//
//	set kernel|service STORE NAME <VALUE
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/thv-secrets/thv/bench/internal/format2"
	"github.com/thv-secrets/thv/bench/internal/keys"
)

func main() {
	if err := set(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "set:", err)
		os.Exit(1)
	}
}

func set(keyring, path, name string) error {
	value, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	file, size, id, err := format2.Read(path)
	if err != nil {
		return err
	}
	password, err := keys.Read(keyring, id)
	if err != nil {
		return err
	}
	store, err := format2.Open(path, file, size, id, password)
	if err != nil {
		return err
	}
	return store.Set(name, value, time.Now().UnixNano())
}
