package workload

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of [Spec.CPUs], apart from zero. An engine treats less than a billionth as
// unlimited.
const (
	MinCPUs = 0.01
	MaxCPUs = 1e6
)

// FieldError is an invalid field of a [Spec]. It does not repeat the field's value.
type FieldError struct {
	// Field is the name in JSON, such as volumes.
	Field string
	// Entry is the position in a list, from 1; zero for the whole field.
	Entry int
	Err   error
}

// Error returns the mistake with the path of the field, such as volumes[0].
func (e *FieldError) Error() string {
	if e.Entry > 0 {
		return fmt.Sprintf("%s[%d]: %v", e.Field, e.Entry-1, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Field, e.Err)
}

// Unwrap returns [ErrInvalidSpec] and the mistake.
func (e *FieldError) Unwrap() []error { return []error{ErrInvalidSpec, e.Err} }

var userPattern = lazily(`^[^:\s\pC]+(:[^:\s\pC]+)?$`)

// Validate returns all reasons why no engine can run a container of s, each as a
// [*FieldError], joined. It is the only check for options, files and saved RunConfigs.
func (s Spec) Validate() error {
	var v validation
	image, err := ParseImage(s.Image)
	v.fault("image", err)
	if image.ID != "" && s.Pull == PullAlways {
		v.fault("pull", errors.New("an image's ID cannot be pulled"))
	}
	v.choices(s)
	v.limits(s)
	v.place(s)
	v.reach(s)
	v.fault("", s.checkVariables())
	v.fault("", s.checkSecretChange())
	return errors.Join(v.faults...)
}

// validation collects errors.
type validation struct{ faults []error }

func (v *validation) fault(field string, err error) { v.entry(field, 0, err) }

// entry adds err. If field is empty, err has the name of the field.
func (v *validation) entry(field string, n int, err error) {
	if err == nil {
		return
	}
	if field == "" {
		err = fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	} else {
		err = &FieldError{Field: field, Entry: n, Err: err}
	}
	v.faults = append(v.faults, err)
}

func (v *validation) choices(s Spec) {
	_, err := ParseTransport(s.Transport)
	v.fault("transport", err)
	_, err = ParsePullPolicy(s.Pull)
	v.fault("pull", err)
	_, err = ParseRestartPolicy(s.Restart)
	v.fault("restart_policy", err)
	_, err = choice[string](s.EnvFileExpansion, "", Expansions...)
	v.fault("env_file_expansion", err)
	_, err = ParseDelivery(s.Delivery)
	v.fault("delivery", err)
}

func (v *validation) limits(s Spec) {
	if s.Memory < 0 {
		v.fault("memory", errors.New("it is less than nothing"))
	}
	if s.CPUs != 0 && !(s.CPUs >= MinCPUs && s.CPUs <= MaxCPUs) { // false for NaN
		v.fault("cpus", errors.New("it is a number of processors from 0.01 to 1000000, such as 1.5"))
	}
}

func (v *validation) place(s Spec) {
	for i, argument := range s.Command {
		if strings.ContainsRune(argument, 0) {
			v.entry("cmd_args", i+1, errors.New("it holds a NUL"))
		}
	}
	if s.Workdir != "" && (!path.IsAbs(s.Workdir) || strings.ContainsFunc(s.Workdir, unicode.IsControl)) {
		v.fault("workdir", errors.New("it is not an absolute path in the container"))
	}
	if s.User != "" && !userPattern().MatchString(s.User) {
		v.fault("user", errors.New("it is not UID[:GID] or NAME[:GROUP]"))
	}
	for i, path := range s.EnvFiles {
		v.entry("env_files", i+1, checkPath(path))
	}
	if s.EnvFileDir != "" {
		v.fault("env_file_dir", checkPath(s.EnvFileDir))
	}
	for _, key := range sortedNames(s.Labels) {
		if key == "" || strings.ContainsFunc(key, unicode.IsControl) || strings.ContainsRune(s.Labels[key], 0) {
			v.fault("container_labels", errors.New("it has a label with an empty name, or with a control character"))
		}
	}
}

// checkPath returns an error if path cannot be saved and displayed.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("it is empty")
	case !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl):
		return errors.New("it is a path with a control character, or not UTF-8")
	}
	return nil
}

// reach checks volumes, ports and the network.
func (v *validation) reach(s Spec) {
	targets := map[string]bool{}
	for i, text := range s.Volumes {
		volume, err := ParseVolume(text)
		if err == nil && targets[volume.Target] {
			err = errors.New("it has the path in the container of another volume")
		}
		targets[volume.Target] = true
		v.entry("volumes", i+1, err)
	}
	network, err := ParseNetwork(s.Network)
	v.fault("network", err)
	for i, text := range s.Publish {
		_, err := ParsePublish(text)
		if err == nil && !network.Publishes() {
			err = errors.New("it cannot be published on the networks host and none, and on another container's")
		}
		v.entry("publish", i+1, err)
	}
	v.ports(s)
}

func (v *validation) ports(s Spec) {
	for field, number := range map[string]int{"port": s.Port, "target_port": s.TargetPort} {
		if number < 0 || number > 65535 {
			v.fault(field, errors.New("it is a port's number, 1 to 65535"))
		}
	}
	if !Transport(s.Transport).HTTP() && (s.Port != 0 || s.TargetPort != 0) {
		v.fault("port", errors.New("it goes with the transports sse and streamable-http (publish, or -p, publishes any port)"))
	}
}
