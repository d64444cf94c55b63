package exec

import "os"

// trusted returns the file to start, which exists and is a regular one. Who may
// write it is for its access list to say, and is not looked at.
func (c Config) trusted() (string, error) {
	path := c.Command[0]
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", c.missing(err)
	case !info.Mode().IsRegular():
		return "", c.notRegular(path)
	}
	return path, nil
}
