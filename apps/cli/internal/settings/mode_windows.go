package settings

import "io/fs"

// ownedByOthers is false for the same reason as writableByOthers.
func ownedByOthers(fs.FileInfo) bool { return false }

// writableByOthers is false: Windows keeps who may write in access lists, which
// a folder of the user's profile inherits.
func writableByOthers(fs.FileInfo) bool { return false }

// writableByAll is false for the same reason as writableByOthers.
func writableByAll(fs.FileInfo) bool { return false }
