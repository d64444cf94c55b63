package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/thv-secrets/thv/bench/internal/format2"
	"github.com/thv-secrets/thv/bench/internal/keys"
)

// store is an encrypted store that thv has made, with its password in a keyring.
type store struct {
	keyring, path, thv string
	env                []string
}

// newStore creates a store with thv in the home directory called name. The caller must call
// forget, also after an error.
func (b *suite) newStore(name, keyring string) (*store, error) {
	s := &store{keyring: keyring, thv: b.thv, env: b.home(name, keyring)}
	args := []string{"secret", "set", "first"}
	password := filepath.Join(b.temporary, "password")
	if keyring == "kernel" {
		if err := os.WriteFile(password, []byte("a password for this bench only\n"), 0o600); err != nil {
			return s, err
		}
		args = append([]string{"--password-file", password}, args...)
	}
	cmd := exec.CommandContext(b.ctx, b.thv, args...)
	cmd.Env, cmd.Stdin = s.env, strings.NewReader("a first value")
	if output, err := cmd.CombinedOutput(); err != nil {
		return s, fmt.Errorf("secret set: %w\n%s", err, output)
	}
	for _, pair := range s.env {
		if home, ok := strings.CutPrefix(pair, "XDG_DATA_HOME="); ok {
			s.path = filepath.Join(home, "toolhive", "secrets_encrypted")
		}
	}
	return s, nil
}

// fill writes n secrets into the store at once, without thv.
func (s *store) fill(n int) error {
	file, size, id, err := format2.Read(s.path)
	if err != nil {
		return err
	}
	password, err := keys.Read(s.keyring, id)
	if err != nil {
		return fmt.Errorf("the password in the %s keyring: %w", s.keyring, err)
	}
	opened, err := format2.Open(s.path, file, size, id, password)
	if err != nil {
		return err
	}
	opened.Fill(n, []byte(strings.Repeat("value of a usual length ", 2)), time.Now().UnixNano())
	return opened.Set("name-00001", []byte("the first value"), time.Now().UnixNano())
}

// forget removes the password from the keyring.
func (s *store) forget() {
	cmd := exec.CommandContext(context.Background(), s.thv, "secret", "reset-keyring", "--yes")
	cmd.Env = s.env
	_ = cmd.Run()
}
