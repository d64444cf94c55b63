package ownfile

import "os"

// OpenPrivate is [Open] for a file whose content is a secret: if it is a regular file
// of this user that others may read or write, it is an [*Error] too, as ssh has it for a
// private key. A file of root's, as an init system hands out, is root's to protect; a
// file on a file system that is mounted read-only, as container engines mount secrets,
// is protected by who has mounted it, and its mode could not be changed; and of a
// descriptor only the kind and owner of what is open are looked at. On Windows it is
// Open.
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
