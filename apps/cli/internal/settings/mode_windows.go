package settings

import "io/fs"

// writableByOthers is false: Windows keeps who may write in access lists, which
// a folder of the user's profile inherits.
func writableByOthers(fs.FileInfo) bool { return false }
