// Package onepassword reads secrets of 1Password. Provider asks the service by
// its official SDK, with the token of a service account; CLI asks the op program,
// with whatever account is signed in there. Both read the same references.
//
// # References
//
// op://vault/item/field and op://vault/item/section/field name a field by names
// or by IDs. 1Password takes ASCII letters, digits, space, '-', '_' and '.' in
// them and nothing else. A name with other characters is written here
// percent-encoded, a slash as %2F and "GitHub (work)" as GitHub%20%28work%29, and
// is then looked up among the names that the account may see, for its ID: one to
// three more calls, which count against the account's quota, for the vaults, the
// items of a vault and the fields of an item. Each is made once for all references
// of a GetAll, and once in the life of a CLI. The ID itself costs none. Upper and
// lower case are the same in names.
//
// ?attribute=otp (or totp) answers the one-time password of a field that makes
// them, ?ssh-format=openssh a private key in that form. Other attributes that
// 1Password documents (type, value, title, id, purpose; of files content, size
// and name) only the op program knows.
//
// A bare name is not found, unless Config.Vault is set: then NAME is
// op://<vault>/NAME/credential, and a NAME that op:// cannot hold is not found.
// All of this is checked before anybody is asked.
//
// # Capabilities
//
// Provider gets, gets many at once, lists and checks; CLI gets, lists and checks.
// Neither writes. List yields op://vaultID/itemID/fieldID, with the section's ID
// where the field has one, for each field that holds something and whose IDs
// op:// can hold, and the notes as notesPlain; files are read by their names but
// not listed. An item that the service cannot show is left out, and the Logger
// told. List decrypts items, and forgets their values at once.
//
// GetAll is one call for all of its references, and Get one for its own. What
// was not found stays so for the life of the Provider or CLI: failures count
// against the quota too. Nothing is retried. Where the service fails as a whole
// (a rate limit, no network, a refused token) GetAll makes no further request, and
// returns that failure for every reference without a result. A failure of CLI goes to
// all callers that wait for the same lookup; the next lookup makes a new request.
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
// Everything else, a rate limit among it, is secret.ErrUnavailable. Where 1Password
// tells how long a rate limit lasts, its error has a method RetryAfter.
//
// # Security
//
// Whoever has the token has every secret that the service account may read. No
// error holds a value or the token. The service's own words are passed on, with
// all that looks like a token masked, only where the client is made, before any
// secret has been read; of later errors only what is known to be harmless. The
// op program's words are never passed on. The program gets the environment that
// CLIConfig names and no other, no standard input, and a reference as its
// argument, which other processes can see; values it answers through a pipe.
//
// The op program belongs to its caller's process group (on Windows, job), and ends
// with it. At the end of its time or its caller's context it is killed, and so it
// is on Linux when its caller dies, unless it is installed set-group-ID. What it
// has started itself, as it does with its own daemon, ends with the group only.
package onepassword
