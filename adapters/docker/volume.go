package docker

import (
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/docker/docker/api/types/mount"
)

var drivePattern = regexp.MustCompile(`^[a-zA-Z]:[\\/]`)

func parseVolumes(volumes []string) ([]mount.Mount, error) {
	var mounts []mount.Mount
	var faults []error
	taken := map[string]bool{}
	for _, text := range volumes {
		m, err := parseVolume(text)
		if err == nil && taken[m.Target] {
			err = invalid("volumes", "two volumes for %s", m.Target)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		taken[m.Target] = true
		mounts = append(mounts, m)
	}
	return mounts, errors.Join(faults...)
}

// parseVolume reads HOST:CONTAINER[:ro] from its end, since a host path may
// hold a colon (C:\data). The result is a mount, not a bind of the older form:
// that one would make a missing host directory, owned by root.
func parseVolume(text string) (mount.Mount, error) {
	rest, readOnly := strings.CutSuffix(text, ":ro")
	if !readOnly {
		rest = strings.TrimSuffix(rest, ":rw")
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon <= 0 || !clean(text) {
		return mount.Mount{}, invalid("volumes", "%q is not HOST:CONTAINER[:ro]", text)
	}
	source, target := rest[:colon], rest[colon+1:]
	if !path.IsAbs(target) || path.Clean(target) == "/" {
		return mount.Mount{}, invalid("volumes", "%q has no absolute path in the container (HOST:/CONTAINER[:ro])", text)
	}
	m := mount.Mount{Source: source, Target: path.Clean(target), ReadOnly: readOnly}
	switch {
	case path.IsAbs(source), drivePattern.MatchString(source), strings.HasPrefix(source, `\\`):
		m.Type = mount.TypeBind
	case namePattern.MatchString(source):
		m.Type = mount.TypeVolume
	default:
		return mount.Mount{}, invalid("volumes", "%q begins with neither an absolute path nor a volume's name", text)
	}
	return m, nil
}
