package workload

import (
	"errors"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// Volume is a parsed entry of Spec.Volumes.
type Volume struct {
	// Source is an absolute path of this machine, or a volume's name if Named.
	Source string
	Named  bool
	// Target is the absolute, clean path in the container.
	Target   string
	ReadOnly bool
}

var (
	drivePattern      = regexp.MustCompile(`^[a-zA-Z]:[\\/]`)
	volumeNamePattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
)

// ParseVolume reads HOST:CONTAINER[:ro|:rw] from its end, since a HOST path may hold a
// colon. It is the only reader of a volume: what is consented to is what is mounted.
// A relative HOST path is an error, since it means another directory elsewhere; see
// CutVolume. The error does not repeat text.
func ParseVolume(text string) (Volume, error) {
	source, rest, found := CutVolume(text)
	if !found || strings.ContainsFunc(text, unicode.IsControl) {
		return Volume{}, errors.New("it is not HOST:CONTAINER[:ro]")
	}
	target, readOnly := strings.CutSuffix(rest, ":ro")
	target = strings.TrimSuffix(target, ":rw")
	if !path.IsAbs(target) || path.Clean(target) == "/" {
		return Volume{}, errors.New("it has no absolute path in the container (HOST:/CONTAINER[:ro])")
	}
	v := Volume{Source: source, Target: path.Clean(target), ReadOnly: readOnly}
	switch {
	case path.IsAbs(source), drivePattern.MatchString(source), strings.HasPrefix(source, `\\`):
	case volumeNamePattern.MatchString(source):
		v.Named = true
	default:
		return Volume{}, errors.New("it begins with neither an absolute path nor a volume's name")
	}
	return v, nil
}

// CutVolume splits an entry of Spec.Volumes after HOST, which is not looked at; found
// is false if the entry has no HOST or no CONTAINER.
func CutVolume(text string) (source, rest string, found bool) {
	end := text
	for _, mode := range []string{":ro", ":rw"} {
		if cut, is := strings.CutSuffix(text, mode); is {
			end = cut
			break
		}
	}
	colon := strings.LastIndexByte(end, ':')
	if colon <= 0 {
		return "", "", false
	}
	return text[:colon], text[colon+1:], true
}
