// Package buildinfo is what an executable knows of its own version.
package buildinfo

import "runtime"

// version and commit are set by the linker.
var version, commit = "dev", ""

// Info describes an executable.
type Info struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Current returns this executable's Info.
func Current() Info {
	return Info{Version: version, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
}
