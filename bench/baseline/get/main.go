// Command get is the baseline of thv secret get: one raw keyring read, one
// decryption, one value printed.
//
//	get kernel|service STORE NAME
package main

import (
	"fmt"
	"os"

	"github.com/thv-secrets/thv/bench/internal/keys"
)

func main() {
	if err := get(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "get:", err)
		os.Exit(1)
	}
}

func get(keyring, path, name string) error {
	store, err := keys.Open(keyring, path)
	if err != nil {
		return err
	}
	_, _, value := store.Find(name)
	if value == nil {
		return fmt.Errorf("%s is not there", name)
	}
	_, err = os.Stdout.Write(value)
	return err
}
