// Package app is what the verbs work with: the parts that compose makes, each
// behind the smallest interface that a verb needs.
package app

import (
	"context"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/inventory"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Globals are the options that every command has.
type Globals struct {
	Output  terminal.Format
	NoInput bool
	Debug   bool
	// PasswordFile is empty, and PasswordFD negative, if not given.
	PasswordFile string
	PasswordFD   int
	// RecoveryFile receives a new store's recovery key; empty if not given.
	RecoveryFile string
	// ReplaceRecovery makes that key the only one of a store that exists.
	ReplaceRecovery bool
	// KeepPassword keeps a given password in a keyring once it has opened the
	// store.
	KeepPassword bool
	// InheritedPassword is the store's password that the starter of this process handed over. It
	// may be outdated.
	InheritedPassword secret.Value
	// NoResident forbids that a provider's program stays for the next command.
	NoResident bool
	// Interrupt ends the command's context. It is the program's own and no
	// option.
	Interrupt context.CancelCauseFunc
	// IgnoreConfigErrors treats an unusable configuration file as a missing one, for a
	// command that reports the error itself.
	IgnoreConfigErrors bool
}

// PasswordFromInput reports whether the store's password is read from the standard
// input.
func (g Globals) PasswordFromInput() bool {
	return g.PasswordFD == 0 || slices.Contains([]string{"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}, g.PasswordFile)
}

// App is the composed program. Nothing in it has been opened or asked yet.
type App struct {
	Globals   Globals
	Streams   *terminal.Streams
	Environ   *procenv.Environ
	Resolver  *resolve.Resolver
	Providers *Providers
	Vault     *vault.Vault
	// Local starts local processes.
	Local Local
	// Container opens the container engine.
	Container ContainerOpener
	// Registry knows servers by name.
	Registry *registry.Source
	// KeepOutOfLogs masks values in whatever is logged from now on.
	KeepOutOfLogs Redactor
	// Fingerprints makes the fingerprints of this installation.
	Fingerprints    Fingerprints
	FingerprintPath FingerprintPath
	RunConfigs      *runconfig.Store
	// Unlocked returns the password that last opened the store, or an empty one.
	Unlocked Unlocked
	// Statuses has the state and the logs of detached workloads. SocketFolders, in this
	// order, are for the sockets of their supervisors.
	Statuses      *status.Store
	SocketFolders SocketFolders
	// EnginePath returns the path of the executable with the container engine. Its
	// error is a *MissingError.
	EnginePath EnginePath
	// Close closes what providers hold open, such as a process. A later request opens
	// it again.
	Close      Close
	ConfigPath ConfigPath
	// ConfigNotes are sentences about what nothing reads in the configuration file.
	ConfigNotes ConfigNotes
}

// Inventory returns one look at the workloads.
func (a *App) Inventory() *inventory.Lister {
	return inventory.New(inventory.Config{Statuses: a.Statuses, RunConfigs: a.RunConfigs, Engine: a.Container, SocketFolders: a.SocketFolders})
}

// FingerprintPath is the path of the file with the key for fingerprints.
type FingerprintPath string

// Fingerprints opens the installation's Fingerprinter, and makes its key when it
// is first needed.
type Fingerprints func() (secret.Fingerprinter, error)

// Close closes providers. It returns no error, since failures are logged.
type Close func()

// ContainerOpener opens the container engine. In an executable without the engine's
// client it does not return: it replaces this process by the executable that has one.
// If that is missing, the error is a *MissingError.
type ContainerOpener func(ctx context.Context) (workload.Runtime, error)

// Redactor masks values wherever something is printed.
type Redactor func([]secret.Value)

// Unlocked returns a password.
type Unlocked func() secret.Value

// SocketFolders are directories that only this user can enter, with short paths.
type SocketFolders []string

// EnginePath returns the path of an executable.
type EnginePath func() (string, error)

// ConfigPath is the configuration file's.
type ConfigPath string

// ConfigNotes are sentences about the configuration file, for a user.
type ConfigNotes []string

// Compose makes an App once the options of a command are known.
type Compose func(Globals, *terminal.Streams, *procenv.Environ) (*App, error)

// Local is the runtime of local processes.
type Local interface {
	workload.Runtime
	// Replace replaces this process by a workload, and returns only if that fails.
	Replace(spec workload.Spec, environment workload.Environment) error
}
