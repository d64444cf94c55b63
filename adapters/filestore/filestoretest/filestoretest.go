// Package filestoretest makes tests that write encrypted stores quick.
package filestoretest

import "github.com/thv-secrets/thv/adapters/filestore/internal/header"

// CheapPasswords makes the password slots that this process writes from now on
// cheap to derive, and so cheap to guess: 64 KiB and one pass of Argon2id in place
// of 64 MiB and three, which take most of a second of two processors. Stores that
// exist keep their cost. Call it before the first store is opened, from TestMain.
func CheapPasswords() {
	header.DefaultCost = header.Cost{Memory: 64, Time: 1, Threads: 1}
}
