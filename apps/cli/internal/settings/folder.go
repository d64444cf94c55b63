package settings

import (
	"fmt"
	"os"
	"path/filepath"
)

// CheckFolder refuses a file at path, whether it is there or not, whose folder
// others can write, and so could put another file in its place. A folder that is
// not there is fine.
func CheckFolder(path string) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err == nil && writableByOthers(info) {
		return &FileError{Path: path, Err: fmt.Errorf("others can write its folder; run: chmod 700 %q", folder)}
	}
	return nil
}
