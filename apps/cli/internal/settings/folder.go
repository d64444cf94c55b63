package settings

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckFolder refuses a file at path, whether it is there or not, whose folder
// others can write, and so could put another file in its place. The folder that
// a link leads to counts too, and a folder above that everybody can write, unless
// only owners can rename in it. A folder that is not there is fine. The error names
// the folder and what mends it, and not path, of which the caller knows what it is.
func CheckFolder(path string) error {
	folders := []string{filepath.Dir(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(real) != folders[0] {
		folders = append(folders, filepath.Dir(real))
	}
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && writableByOthers(info) {
			return fmt.Errorf("others can write its folder; run: chmod 700 %q", folder)
		}
		for above := filepath.Dir(folder); ; above = filepath.Dir(above) {
			info, err := os.Stat(above)
			if err == nil && writableByAll(info) && info.Mode()&fs.ModeSticky == 0 {
				return fmt.Errorf("everybody can write a folder above it; run: chmod o-w %q", above)
			}
			if above == filepath.Dir(above) {
				break
			}
		}
	}
	return nil
}
