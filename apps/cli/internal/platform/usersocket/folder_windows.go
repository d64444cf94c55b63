package usersocket

import "os"

// OwnFolder creates the directory path. Its parent, which is the user's own, decides
// who can enter it.
func OwnFolder(path string) error { return os.MkdirAll(path, 0o700) }
