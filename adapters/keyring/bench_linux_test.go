package keyring

import (
	"os"
	"path/filepath"
	"testing"

	gokeyring "github.com/zalando/go-keyring"
	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

// Run it where there is a Secret Service:
//
//	hack/secret-service.sh go test -run - -bench Read ./adapters/keyring
//
// "raw" is the floor, by hand and with the calls that are needed; "go-keyring"
// keeps its connection from the second read on, which the others do not.
func BenchmarkReadSecretService(b *testing.B) {
	if os.Getenv(serviceEnv) != "unlocked" {
		b.Skip("run by hack/secret-service.sh")
	}
	config := sessionConfig()
	o := NewOS(config)
	password := secret.NewValue([]byte("mUvP8eEoOx0pYwWb9O4mRr6yqE5C2dVt7hN1kLzJ3sA"))
	if err := o.Keep(b.Context(), "bench", password); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = o.Forget(b.Context(), "bench") }()
	socket := filepath.Join(config.RuntimeDir, "bus")
	for name, read := range map[string]func() ([]byte, error){
		"raw":        func() ([]byte, error) { return rawRead(socket, config.Service, "bench") },
		"thv":        func() ([]byte, error) { v, err := o.Password(b.Context(), "bench"); return v.Bytes(), err },
		"go-keyring": func() ([]byte, error) { s, err := gokeyring.Get(config.Service, "bench"); return []byte(s), err },
	} {
		b.Run(name, func(b *testing.B) { benchmarkRead(b, read, password) })
	}
}

func BenchmarkReadKernel(b *testing.B) {
	k := NewKernel(Config{Service: "thv-bench"})
	password := secret.NewValue([]byte("mUvP8eEoOx0pYwWb9O4mRr6yqE5C2dVt7hN1kLzJ3sA"))
	if err := k.Keep(b.Context(), "bench", password); err != nil {
		b.Skip(err)
	}
	defer func() { _ = k.Forget(b.Context(), "bench") }()
	raw := func() ([]byte, error) {
		id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", "thv-bench:bench", 0)
		if err != nil {
			return nil, err
		}
		buffer := make([]byte, 256)
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buffer, 0)
		return buffer[:max(n, 0)], err
	}
	b.Run("raw", func(b *testing.B) { benchmarkRead(b, raw, password) })
	b.Run("thv", func(b *testing.B) {
		benchmarkRead(b, func() ([]byte, error) { v, err := k.Password(b.Context(), "bench"); return v.Bytes(), err }, password)
	})
}

func benchmarkRead(b *testing.B, read func() ([]byte, error), want secret.Value) {
	for b.Loop() {
		got, err := read()
		if err != nil || !want.Equal(secret.NewValue(got)) {
			b.Fatalf("read %d bytes, %v", len(got), err)
		}
	}
}
