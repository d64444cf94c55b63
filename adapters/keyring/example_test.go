package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/core/secret"
)

// The application hands over what it found in its environment; here it found no
// session bus.
func ExampleNewOS() {
	source := keyring.NewOS(keyring.Config{BusAddress: "disabled:", RuntimeDir: os.TempDir()})
	_, err := source.Password(context.Background(), "toolhive")
	switch {
	case err == nil:
		fmt.Println("the store can be opened")
	case errors.Is(err, secret.ErrNotFound), errors.Is(err, secret.ErrUnsupported):
		fmt.Println("ask the next source")
	default:
		fmt.Println("stop: the keyring is broken, not empty")
	}
}
