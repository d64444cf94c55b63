package workload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxSpecSize bounds a RunConfig, in bytes.
const MaxSpecSize = 1 << 20

// ReadSpec reads a RunConfig in JSON. Fields that it does not know are passed
// over. A schema of a later major or minor version is refused: what it says may
// mean something else. Every error wraps ErrInvalidSpec, and says where in the
// file without repeating its text.
func ReadSpec(r io.Reader) (Spec, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSpecSize+1))
	if err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalidSpec, err)
	}
	if len(text) > MaxSpecSize {
		return Spec{}, fmt.Errorf("%w: longer than %d bytes", ErrInvalidSpec, MaxSpecSize)
	}
	var spec Spec
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&spec); err != nil {
		return Spec{}, fmt.Errorf("%w: %s", ErrInvalidSpec, where(text, err))
	}
	if decoder.More() {
		return Spec{}, fmt.Errorf("%w: text follows the object", ErrInvalidSpec)
	}
	if !readable(spec.SchemaVersion) {
		return Spec{}, fmt.Errorf("%w: its schema is later than %s; use the thv that wrote it, or a newer one", ErrInvalidSpec, SchemaVersion)
	}
	return spec, nil
}

// where says what kind of mistake err is, and its line.
func where(text []byte, err error) string {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("line %d: not JSON", line(text, syntax.Offset))
	case errors.As(err, &mistyped):
		return fmt.Sprintf("line %d: %s is no %s", line(text, mistyped.Offset), mistyped.Field, mistyped.Type)
	case errors.Is(err, io.EOF):
		return "empty"
	}
	return "cut off"
}

func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
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
