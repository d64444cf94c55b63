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

// MaxSpecSize is the maximum size of a RunConfig, in bytes.
const MaxSpecSize = 1 << 20

// ReadSpec parses a RunConfig in JSON. It keeps unknown fields, which [WriteSpec] writes
// again. It refuses a schema of a later major or minor version, in which fields may have
// another meaning, duplicate fields, invalid secret parameters, two with the same target,
// and an invalid reaction to a changed secret. Every error wraps [ErrInvalidSpec] or, for
// a secret parameter, [secret.ErrInvalidRef], and has the position in the file without
// repeating its text.
func ReadSpec(r io.Reader) (Spec, error) { return readSpec(r, secret.ParseBindings) }

// ReadOwnSpec is [ReadSpec] for a RunConfig that thv itself has saved and that no other
// user can change: it may refer to system secrets, as with [secret.ParseSystemBindings].
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

// WriteSpec writes spec as JSON that [ReadSpec] can parse: with the schema
// [SchemaVersion], unknown fields after the known ones, an indent of two spaces and a
// final newline. Characters that cannot be printed are escaped.
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

// Unknown returns the names of the fields that [ReadSpec] did not know, sorted.
func (s Spec) Unknown() []string { return slices.Sorted(maps.Keys(s.unknown)) }

// WithUnknownOf returns s with the unknown fields of other that s does not have, so that
// another program's fields are not lost when s replaces other.
func (s Spec) WithUnknownOf(other Spec) Spec {
	unknown := map[string]json.RawMessage{}
	maps.Copy(unknown, other.unknown)
	maps.Copy(unknown, s.unknown)
	s.unknown = unknown
	return s
}

// checkVariables checks the names of variables, which a command line cannot make invalid.
func (s Spec) checkVariables() error {
	for _, name := range sortedNames(s.EnvVars) {
		if !secret.ValidContainerEnvName(name) || strings.ContainsRune(s.EnvVars[name], 0) {
			return errors.New("env_vars: a name is not a valid variable name (printable ASCII without blanks, quotes and any of = , $ / \\), or a value contains a NUL")
		}
	}
	for i, name := range s.EnvInherit {
		if !secret.ValidContainerEnvName(name) {
			return fmt.Errorf("env_inherit: entry %d is not a valid variable name", i+1)
		}
	}
	for i, r := range s.Requirements {
		if !secret.ValidContainerEnvName(r.Name) || strings.ContainsRune(r.Default, 0) {
			return fmt.Errorf("requirements: entry %d has an invalid variable name, or its default contains a NUL", i+1)
		}
	}
	return nil
}

// readable reports whether version is not later than [SchemaVersion], apart from the
// patch version. An empty version is the first.
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
