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
	store, err := keys.Open(keyring, path)
	if err != nil {
		return err
	}
	return store.Set(name, value, time.Now().UnixNano())
}
