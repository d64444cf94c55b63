package ownfile

import "os"

// OpenPrivate is [Open] for a file that contains a secret: like ssh for a private key, it
// also returns an [*Error] for a regular file of this user that others may read or write.
// This rule does not apply to a file of root, such as one from an init system, nor on a
// read-only file system, such as a secret mounted by a container engine, where the mode
// cannot be changed. Of a descriptor only the kind and the owner of the open file are
// checked. On Windows OpenPrivate is Open.
func OpenPrivate(path string) (*os.File, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !Once(path) && !readOnly(file) {
		err = checkPrivate(path, info)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
