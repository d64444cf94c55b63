package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/thv-secrets/thv/core/workload"
)

// merge returns base with the variables of over, which replace those of the same name. The
// last of several variables with the same name takes precedence.
func merge(base, over []string) []string {
	merged := make([]string, 0, len(base)+len(over))
	place := make(map[string]int, len(base)+len(over))
	for _, list := range [][]string{base, over} {
		for _, pair := range list {
			name, _, ok := strings.Cut(pair, "=")
			if !ok || name == "" && runtime.GOOS != "windows" { // Windows has =C:=C:\dir
				continue
			}
			if name == "" {
				name = pair
			}
			if i, taken := place[variable(name)]; taken {
				merged[i] = pair
				continue
			}
			place[variable(name)] = len(merged)
			merged = append(merged, pair)
		}
	}
	return merged
}

// variable returns the form in which names are compared.
func variable(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

func valueOf(env []string, name, otherwise string) string {
	for _, pair := range env {
		if n, value, _ := strings.Cut(pair, "="); variable(n) == name && value != "" {
			return value
		}
	}
	return otherwise
}

// lookUp finds the executable name as a shell in workdir with env would. A relative entry of
// PATH is relative to workdir.
func lookUp(name, workdir string, env []string) (string, error) {
	folders := []string{""}
	if !hasFolder(name) {
		folders = filepath.SplitList(valueOf(env, "PATH", defaultPath))
	}
	failure := workload.ErrNoCommand
	for _, folder := range folders {
		for _, extension := range extensions(name, env) {
			path := filepath.Join(folder, name+extension)
			if !filepath.IsAbs(path) {
				absolute, err := filepath.Abs(filepath.Join(workdir, path))
				if err != nil {
					return "", fmt.Errorf("%w: find the working directory: %w", workload.ErrCannotExecute, err)
				}
				path = absolute
			}
			info, err := os.Stat(path)
			switch {
			case err != nil && !os.IsPermission(err):
			case err == nil && !info.IsDir() && executable(path):
				return path, nil
			case folder == "" || err == nil && !info.IsDir():
				failure = workload.ErrCannotExecute
			}
		}
	}
	if errors.Is(failure, workload.ErrCannotExecute) {
		return "", fmt.Errorf("%w: %s: it is a directory or this user may not execute it", failure, name)
	}
	if hasFolder(name) {
		return "", fmt.Errorf("%w: %s", failure, name)
	}
	return "", fmt.Errorf("%w: %s is in no folder of the PATH that it would see", failure, name)
}
