package workload

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// Volume is a parsed entry of [Spec.Volumes].
type Volume struct {
	// Source is an absolute path on this machine, or the name of a volume if Named.
	Source string
	Named  bool
	// Target is the absolute, clean path in the container.
	Target   string
	ReadOnly bool
	// Relabel is z or Z: the engine sets the SELinux label of the files for several
	// containers, or for this one only.
	Relabel string
	// Chown is the option U: the engine changes the owner of the files to the container's
	// user.
	Chown bool
	// Propagation is the propagation of mounts below a host directory: shared, rshared,
	// slave, rslave, private or rprivate; empty is the engine's default.
	Propagation string
	// Consistency is consistent, cached or delegated, a hint to some engines.
	Consistency string
	// NoCopy prevents the copy of the image's files into an empty named volume.
	NoCopy bool
}

var (
	drivePattern      = lazily(`^[a-zA-Z]:[\\/]`)
	volumeNamePattern = lazily(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

	propagations  = []string{"shared", "rshared", "slave", "rslave", "private", "rprivate"}
	consistencies = []string{"consistent", "cached", "delegated"}
)

// VolumeOptions is the list of a volume's options, for messages.
var VolumeOptions = "ro, rw, z, Z, U, nocopy, " + strings.Join(slices.Concat(propagations, consistencies), ", ")

// ParseVolume parses HOST:CONTAINER[:OPTION,…] from its end, since a HOST path may contain
// a colon. It is the only parser of volumes, so that exactly the volume that was consented
// to is mounted. A relative HOST path is an error, since it depends on the working
// directory; see [CutVolume]. The error does not repeat text.
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

// CutVolume splits an entry of [Spec.Volumes] after HOST, which it does not check. found is
// false if the entry has no HOST or no CONTAINER. The text after the last colon is options
// unless it begins with a slash, as every CONTAINER does.
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

// setOption sets option and returns its group, of which a volume has at most one option.
// The group of an unknown option is empty.
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

// Mode returns the options in a fixed order, without defaults; empty for none.
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
