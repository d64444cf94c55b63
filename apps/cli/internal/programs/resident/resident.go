// Package resident keeps a provider's process running between commands, so that its
// expensive setup is done once a session and not once a command. Its socket has mode
// 0600 in a directory of mode 0700. Both sides check that the other belongs to the same
// user, and prove to each other that they hold the same key, which for 1Password is the
// token: without the token, the socket gives nothing and accepts nothing.
package resident

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/usersocket"
	"github.com/thv-secrets/thv/core/secret"
)

// DefaultIdle is how long a resident stays without being asked.
const DefaultIdle = 10 * time.Minute

// Config names a resident.
type Config struct {
	// Folder is the user's own directory for sockets; it is created with mode 0700. Its
	// path must be short: a socket's path has about 100 bytes.
	Folder string
	// Name begins the socket's name.
	Name string
	// Kind tells residents of one name apart: those of another version, or with
	// other options, answer differently and are not shared.
	Kind string
	// Key is what both sides must have. It must not be empty.
	Key secret.Value
	// Idle is DefaultIdle if it is zero.
	Idle time.Duration
}

// ErrUnsupported means that a resident is not possible: this system does not tell which
// user is at the other end of a socket, or there is no directory for it.
var ErrUnsupported = errors.New("no resident program here")

// Socket returns the path of the socket, which tells neither the key nor the
// kind.
func (c Config) Socket() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d:%s", len(c.Kind), c.Kind)
	sum.Write(c.Key.Bytes())
	return filepath.Join(c.Folder, c.Name+"-"+hex.EncodeToString(sum.Sum(nil)[:10])+".sock")
}

func (c Config) idle() time.Duration {
	if c.Idle <= 0 {
		return DefaultIdle
	}
	return c.Idle
}

func (c Config) check() error {
	switch {
	case !usersocket.Peers:
		return ErrUnsupported
	case c.Folder == "":
		return fmt.Errorf("%w: this session has no runtime directory", ErrUnsupported)
	case c.Key.Len() == 0:
		return fmt.Errorf("%w: there is no key that both sides have", ErrUnsupported)
	}
	return nil
}
