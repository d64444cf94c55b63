package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/secret"
)

// How long a keyring may take. The user may first have to unlock the desktop's.
const (
	keyringWait            = 5 * time.Second
	keyringWaitInteractive = 30 * time.Second
)

func newKeyringConfig(environ *procenv.Environ, streams *terminal.Streams, log *logging.Log) keyring.Config {
	wait := keyringWait
	if streams.Interactive() {
		wait = keyringWaitInteractive
	}
	return keyring.Config{
		Timeout:    wait,
		BusAddress: environ.Get("DBUS_SESSION_BUS_ADDRESS"),
		RuntimeDir: runtimeDir(environ),
		Waiting:    sayWaiting(streams),
		Logger:     log.Logger,
	}
}

// sayWaiting returns a function that reports once that thv waits for a locked keyring, and how
// to continue without it: the keyring's window may be on another screen, or missing.
func sayWaiting(streams *terminal.Streams) func(time.Duration) {
	var once sync.Once
	return func(longest time.Duration) {
		once.Do(func() {
			say(streams)(fmt.Sprintf("The OS keyring is locked. Waiting up to %v for you to unlock it in its own window; "+
				"if no window appears, interrupt this and unlock the keyring first, or give the password with --password-file FILE.", longest))
		})
	}
}

// runtimeDir returns the directory in which other programs of this user look for the session
// bus.
func runtimeDir(environ *procenv.Environ) string {
	if folder, set := environ.Lookup("XDG_RUNTIME_DIR"); set {
		return folder
	}
	return filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
}

func newSourceChain(g app.Globals, environ *procenv.Environ, streams *terminal.Streams, config keyring.Config) *unlock.SourceChain {
	var given []unlock.PasswordSource
	if g.PasswordFile != "" {
		given = append(given, unlock.File(g.PasswordFile))
	}
	if g.PasswordFD >= 0 {
		closeOnExec(g.PasswordFD, true)
		given = append(given, unlock.Descriptor(g.PasswordFD))
	}
	given = append(given, unlock.Variable(procenv.PasswordVariable, environ.Password()))
	desktop, kernel := keyring.NewOS(config), keyring.NewKernel(config)
	return unlock.New(unlock.Config{
		Given: given,
		Keyrings: []unlock.Keyring{
			{Name: desktop.Name(), Source: desktop, Persistent: desktop.Persistent()},
			{Name: kernel.Name(), Source: kernel, Persistent: kernel.Persistent()},
		},
		Inherited: inherited(g),
		Fallback:  []unlock.PasswordSource{unlock.Credential(environ.CredentialsDirectory())},
		Prompter:  streams,
		KeepGiven: g.KeepPassword,
		Note:      say(streams),
	})
}

func inherited(g app.Globals) *unlock.PasswordSource {
	if g.InheritedPassword.Len() == 0 {
		return nil
	}
	source := unlock.Variable("what was handed over", g.InheritedPassword)
	return &source
}

func newUnlocked(l *unlock.SourceChain) app.Unlocked { return l.Unlocked }

func newStoreConfig(path storePath, g app.Globals, streams *terminal.Streams, log *logging.Log) filestore.Config {
	recovery := newRecovery(g.RecoveryFile, streams)
	return filestore.Config{
		Path:     string(path),
		Recovery: recovery,
		Created:  func(info filestore.Info) { announce(streams, info, recovery != nil) },
		Logger:   log.Logger,
	}
}

func newRecovers(g app.Globals) vault.Recovers {
	return vault.Recovers{Add: g.RecoveryFile != "", Replace: g.ReplaceRecovery}
}

func announce(streams *terminal.Streams, info filestore.Info, recovers bool) {
	say(streams)(fmt.Sprintf("Made the encrypted store %s (format %d); its password comes from %s.", info.Path, info.Format, info.KeyFrom))
	known := slices.Contains(info.Slots, "password") // by the user who gave or typed it
	if !recovers && !known && info.Format != filestore.Format1 {
		say(streams)("It has no recovery key, since there is no terminal to show one at; this makes one: thv secret setup --recovery-key-file FILE")
	}
}

func say(streams *terminal.Streams) func(string) {
	return func(sentence string) { fmt.Fprintln(streams.Err, terminal.Indented(sentence)) }
}

// recovery receives a store's recovery key before the store is created, and withdraws
// it if that fails.
type recovery func(context.Context, secret.Value) (withdraw func(), err error)

// newRecovery decides what happens to a recovery key: it is written to a file, or shown
// once if only the user sees it. If it would end in a log instead, a store gets none.
func newRecovery(path string, streams *terminal.Streams) recovery {
	switch {
	case path != "":
		return func(_ context.Context, key secret.Value) (func(), error) { return writeRecovery(path, key) }
	case terminal.IsTerminal(streams.Err):
		return func(_ context.Context, key secret.Value) (func(), error) { return nil, showRecovery(streams, key) }
	}
	return nil
}

func writeRecovery(path string, key secret.Value) (withdraw func(), err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, secret.Usagef("--recovery-key-file: %w", err)
	}
	withdraw = func() { _ = os.Remove(path) }
	_, err = file.Write(append(key.Bytes(), '\n'))
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		withdraw()
		return nil, fmt.Errorf("%w: --recovery-key-file: %w", secret.ErrUnavailable, err)
	}
	return withdraw, nil
}

func showRecovery(streams *terminal.Streams, key secret.Value) error {
	_, err := fmt.Fprintf(streams.Err, `Recovery key, shown this once; keep it away from this machine. It opens the
store if no keyring has the password any more:

    %s

`, key.Bytes())
	return err
}
