package workload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// MaxSpecSize bounds a RunConfig, in bytes.
const MaxSpecSize = 1 << 20

// ReadSpec reads a RunConfig in JSON. Fields that it does not know are kept, and
// WriteSpec writes them back. A schema of a later major or minor version is
// refused: what it says may mean something else. So are a duplicate field, an invalid
// secret parameter, two with one target, and an action that a changed secret cannot
// have. Every error
// wraps ErrInvalidSpec or, about a secret parameter, secret.ErrInvalidRef, and
// says where in the file without repeating its text.
func ReadSpec(r io.Reader) (Spec, error) { return readSpec(r, secret.ParseBindings) }

// ReadOwnSpec is [ReadSpec] for a RunConfig that thv itself has saved, and that no
// other user could write: its secrets may be the system's, as for
// secret.ParseSystemBindings.
func ReadOwnSpec(r io.Reader) (Spec, error) { return readSpec(r, secret.ParseSystemBindings) }

func readSpec(r io.Reader, bindings func([]string) ([]secret.Binding, error)) (Spec, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSpecSize+1))
	if err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	}
	if len(text) > MaxSpecSize {
		return Spec{}, fmt.Errorf("%w: longer than %d bytes", ErrInvalidSpec, MaxSpecSize)
	}
	var spec Spec
	if err := readObject(text, &spec); err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	}
	if !readable(spec.SchemaVersion) {
		return Spec{}, fmt.Errorf("%w: its schema is later than %s; use the thv that wrote it, or a newer one", ErrInvalidSpec, SchemaVersion)
	}
	if err := spec.checkVariables(); err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	}
	if err := spec.checkSecretChange(); err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	}
	if _, err := bindings(spec.Secrets); err != nil {
		return Spec{}, fmt.Errorf("secrets: %w", err)
	}
	return spec, nil
}

// WriteSpec writes spec as ReadSpec reads it, with the schema that this package
// writes, the fields that ReadSpec did not know after its own, an indent of two
// spaces and a final newline. What cannot be printed is escaped.
func WriteSpec(w io.Writer, spec Spec) error {
	spec.SchemaVersion = SchemaVersion
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(spec); err != nil {
		return err
	}
	_, err := w.Write(printable.JSON(text.Bytes()))
	return err
}

// Unknown returns the names of the fields that ReadSpec did not know, sorted.
func (s Spec) Unknown() []string { return slices.Sorted(maps.Keys(s.unknown)) }

// WithUnknownOf returns s with those fields of other that ReadSpec did not know and s
// does not have, so that what another program wrote is not lost when s takes its place.
func (s Spec) WithUnknownOf(other Spec) Spec {
	unknown := map[string]json.RawMessage{}
	maps.Copy(unknown, other.unknown)
	maps.Copy(unknown, s.unknown)
	s.unknown = unknown
	return s
}

// checkVariables looks at what no command line can have made.
func (s Spec) checkVariables() error {
	for _, name := range sortedNames(s.EnvVars) {
		if !secret.ValidContainerEnvName(name) || strings.ContainsRune(s.EnvVars[name], 0) {
			return errors.New("env_vars: a name is not a variable's (printable ASCII without blanks, quotes and any of = , $ / \\), or a value holds a NUL")
		}
	}
	for i, name := range s.EnvInherit {
		if !secret.ValidContainerEnvName(name) {
			return fmt.Errorf("env_inherit: entry %d is not a variable's name", i+1)
		}
	}
	for i, r := range s.Requirements {
		if !secret.ValidContainerEnvName(r.Name) || strings.ContainsRune(r.Default, 0) {
			return fmt.Errorf("requirements: the name of entry %d is not a variable's, or its default holds a NUL", i+1)
		}
	}
	return nil
}

// readable reports whether a schema's version is at most the one written here; an
// absent version is the first.
func readable(version string) bool {
	if version == "" {
		return true
	}
	major, minor, ok := parts(version)
	ownMajor, ownMinor, _ := parts(SchemaVersion)
	return ok && (major < ownMajor || major == ownMajor && minor <= ownMinor)
}

func parts(version string) (major, minor int, ok bool) {
	numbers := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(numbers) < 2 {
		return 0, 0, false
	}
	major, majorErr := strconv.Atoi(numbers[0])
	minor, minorErr := strconv.Atoi(numbers[1])
	return major, minor, majorErr == nil && minorErr == nil
}
