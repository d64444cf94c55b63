// Package filestoretest makes tests that write encrypted stores fast.
package filestoretest

import "github.com/thv-secrets/thv/adapters/filestore/internal/header"

// CheapPasswords reduces the cost of the password slots that this process writes from now
// on, which makes them easy to guess: 64 KiB and one pass of Argon2id instead of 64 MiB and
// three. Existing stores keep their cost. Call it in TestMain, before the first store is
// opened.
func CheapPasswords() {
	header.DefaultCost = header.Cost{Memory: 64, Time: 1, Threads: 1}
}
