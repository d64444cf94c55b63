//go:build unix

package disk

import "os"

func rename(from, to string) error { return os.Rename(from, to) }

func syncFolder(folder *os.File) error { return folder.Sync() }
