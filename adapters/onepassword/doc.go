// Package onepassword reads secrets from 1Password. [Provider] uses the service by its
// official SDK, with the token of a service account. [CLI] uses the op executable, with the
// account that is signed in there. Both support the same references.
//
// # References
//
// op://vault/item/field and op://vault/item/section/field refer to a field by names or IDs.
// 1Password accepts only ASCII letters, digits, space, '-', '_' and '.' in them. A name with
// other characters is percent-encoded here, with a slash as %2F and "GitHub (work)" as
// GitHub%20%28work%29. Its ID is then looked up among the names that the account may see,
// which needs one to three more calls for the vaults, the items of a vault and the fields of
// an item. These calls count against the account's quota. Each is made once for all
// references of a GetAll, and once in the life of a CLI. A reference with IDs needs none.
// Names are not case-sensitive.
//
// ?attribute=otp (or totp) is the one-time password of a field that generates them, and
// ?ssh-format=openssh a private key in that format. Other attributes that 1Password documents
// (type, value, title, id, purpose; of files content, size and name) are supported only by
// CLI.
//
// A bare name is not found, unless [Config].Vault is set: then NAME is
// op://<vault>/NAME/credential, and a NAME that op:// cannot express is not found. All this is
// checked before any request.
//
// # Capabilities
//
// Provider has Get, GetAll, List and Check; CLI has Get, List and Check. Neither can write.
// List yields op://vaultID/itemID/fieldID, with the section's ID if the field has a section,
// for each non-empty field whose IDs op:// can express, and the notes as notesPlain. Files can
// be read by their names but are not listed. An item that the service cannot show is omitted,
// with a log message. List decrypts items, and drops their values at once.
//
// GetAll makes one call for all of its references, and Get one for its own. References that
// were not found are remembered for the life of the Provider or CLI, since failures count
// against the quota too. Nothing is retried. If the service fails as a whole (a rate limit, no
// network, a refused token), GetAll makes no further request, and returns that failure for
// every reference without a result. A failure of CLI is returned to all callers that wait for
// the same lookup; the next lookup makes a new request.
//
// The SDK compiles its core when it is first used in a process, which takes
// seconds. A Provider does so before its first request, and keeps the client. After
// an error from inside the core the client is discarded, and created again for the
// next call; the core itself exists once per process and cannot be replaced. Once it
// has failed, every call returns ErrBroken.
//
// # Errors
//
// secret.ErrNotFound names the vault, item, section or field that is missing.
// secret.ErrConflict is a name that is not unique; use the ID. secret.ErrLocked is
// a missing token, or an op program that is not signed in. secret.ErrDenied is a
// text that is not a token, a token that the service refuses, or a service account
// without the right. secret.ErrInvalidRef is a reference of another form.
// secret.ErrUnsupported is an attribute that does not fit the field, or a file that
// is not text; secret.ErrCorrupt a key or one-time password that 1Password itself
// cannot read; secret.ErrTooLarge, of CLI, a response of more than 1 MiB.
// All other failures, such as a rate limit, are secret.ErrUnavailable. If 1Password reports
// how long a rate limit lasts, the error has a method RetryAfter.
//
// # Security
//
// The token gives access to every secret that the service account may read. Errors contain
// neither values nor the token. The service's message is repeated, with everything masked that
// looks like a token, only for a failed creation of the client, before any secret has been
// read; of later errors only known, harmless texts are repeated. Messages of op are never
// repeated. op gets only the environment in [CLIConfig], no standard input, and a reference as
// its argument, which other processes can see; it returns values through a pipe.
//
// op belongs to its caller's process group (on Windows, job), and ends with it. It is killed
// at its time limit, when its caller's context is done, and on Linux when its caller dies,
// unless op is installed set-group-ID. Processes that op starts, such as its daemon, end only
// with the group.
package onepassword
