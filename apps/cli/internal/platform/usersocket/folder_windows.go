package usersocket

import "os"

// OwnFolder makes the folder. Who can enter it is up to the folder that it is in,
// which is the user's own.
func OwnFolder(path string) error { return os.MkdirAll(path, 0o700) }
