package workload

import (
	"errors"
	"fmt"
	"path"
	"slices"
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
	// Relabel is z or Z: the engine gives what is mounted an SELinux label for
	// several containers, or for this one alone.
	Relabel string
	// Chown is the option U: the engine gives what is mounted to the container's user.
	Chown bool
	// Propagation of mounts below a host directory: shared, rshared, slave, rslave,
	// private or rprivate; empty is the engine's default.
	Propagation string
	// Consistency is consistent, cached or delegated, a hint to some engines.
	Consistency string
	// NoCopy leaves a named volume that is empty without the image's files.
	NoCopy bool
}

var (
	drivePattern      = lazily(`^[a-zA-Z]:[\\/]`)
	volumeNamePattern = lazily(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

	propagations  = []string{"shared", "rshared", "slave", "rslave", "private", "rprivate"}
	consistencies = []string{"consistent", "cached", "delegated"}
)

// VolumeOptions are the options of a volume, for messages.
var VolumeOptions = "ro, rw, z, Z, U, nocopy, " + strings.Join(slices.Concat(propagations, consistencies), ", ")

// ParseVolume reads HOST:CONTAINER[:OPTION,…] from its end, since a HOST path may hold a
// colon. It is the only reader of a volume: what is consented to is what is mounted.
// A relative HOST path is an error, since it means another directory elsewhere; see
// CutVolume. The error does not repeat text.
func ParseVolume(text string) (Volume, error) {
	source, rest, found := CutVolume(text)
	if !found || strings.ContainsFunc(text, unicode.IsControl) {
		return Volume{}, errors.New("it is not HOST:CONTAINER[:OPTION,…]")
	}
	target, options, optional := strings.Cut(rest, ":")
	if optional && !path.IsAbs(target) && strings.Contains(source, ":/") {
		return Volume{}, errors.New("it has a colon behind its options, which commas divide (HOST:/CONTAINER:ro,z)")
	}
	if !path.IsAbs(target) || path.Clean(target) == "/" {
		return Volume{}, errors.New("it has no absolute path in the container (HOST:/CONTAINER[:ro])")
	}
	v := Volume{Source: source, Target: path.Clean(target)}
	switch {
	case path.IsAbs(source), drivePattern().MatchString(source), strings.HasPrefix(source, `\\`):
	case volumeNamePattern().MatchString(source):
		v.Named = true
	default:
		return Volume{}, errors.New("it begins with neither an absolute path nor a volume's name")
	}
	if optional {
		if err := v.setOptions(strings.Split(options, ",")); err != nil {
			return Volume{}, err
		}
	}
	return v, nil
}

// CutVolume splits an entry of Spec.Volumes after HOST, which is not looked at; found
// is false if the entry has no HOST or no CONTAINER. What follows the last colon is
// options unless it begins with a slash, as every CONTAINER does.
func CutVolume(text string) (source, rest string, found bool) {
	end := text
	if colon := strings.LastIndexByte(text, ':'); colon >= 0 && !strings.HasPrefix(text[colon+1:], "/") {
		end = text[:colon]
	}
	colon := strings.LastIndexByte(end, ':')
	if colon <= 0 {
		return "", "", false
	}
	return text[:colon], text[colon+1:], true
}

func (v *Volume) setOptions(options []string) error {
	groups := map[string]bool{}
	for i, option := range options {
		group := v.setOption(option)
		if group == "" {
			return fmt.Errorf("it has an unknown option, number %d; there are %s", i+1, VolumeOptions)
		}
		if groups[group] {
			return fmt.Errorf("it has an option, number %d, that repeats or contradicts an earlier one", i+1)
		}
		groups[group] = true
	}
	if v.Named && v.Propagation != "" {
		return errors.New("it has a propagation, such as shared, which only a host directory can have")
	}
	if !v.Named && v.NoCopy {
		return errors.New("it has nocopy, which only a volume with a name can have")
	}
	return nil
}

// setOption returns the group of option, of which a volume has one; empty for an
// unknown option.
func (v *Volume) setOption(option string) (group string) {
	switch {
	case option == "ro", option == "rw":
		v.ReadOnly = option == "ro"
		return "access"
	case option == "z", option == "Z":
		v.Relabel = option
		return "label"
	case option == "U":
		v.Chown = true
		return "owner"
	case option == "nocopy":
		v.NoCopy = true
		return "copy"
	case slices.Contains(propagations, option):
		v.Propagation = option
		return "propagation"
	case slices.Contains(consistencies, option):
		v.Consistency = option
		return "consistency"
	}
	return ""
}

// Mode is the options in one order, without those that say the default; empty for none.
func (v Volume) Mode() string {
	var options []string
	for _, o := range []struct {
		option string
		is     bool
	}{
		{"ro", v.ReadOnly}, {v.Relabel, v.Relabel != ""}, {"U", v.Chown}, {"nocopy", v.NoCopy},
		{v.Propagation, v.Propagation != ""}, {v.Consistency, v.Consistency != ""},
	} {
		if o.is {
			options = append(options, o.option)
		}
	}
	return strings.Join(options, ",")
}
