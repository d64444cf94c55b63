package workload

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/thv-secrets/thv/core/secret"
)

// MaxEnvValue is the maximum size of a variable in bytes, including its name, the '=' and
// the terminating NUL: Linux executes nothing with a longer one (MAX_ARG_STRLEN).
const MaxEnvValue = 128 << 10

// Environment has the resolved variables of a workload, plain and secret ones, and its
// secret files. It cannot be marshalled, does not print secrets, lives only until a
// [Runtime] has it, and cannot be converted back into a [Spec].
type Environment struct {
	vars  map[string]variable
	files map[string]File
}

type variable struct {
	plain  string
	secret secret.Value
	hidden bool
}

// NewEnvironment returns an Environment with a copy of the plain variables.
func NewEnvironment(plain map[string]string) Environment {
	e := Environment{vars: make(map[string]variable, len(plain))}
	for name, value := range plain {
		e.vars[name] = variable{plain: value}
	}
	return e
}

// SetSecret sets the variable name to a secret value, and replaces a plain one. It
// returns [secret.ErrTooLarge] for a variable of more than [MaxEnvValue] bytes and
// [secret.ErrUnsupported] for a value with a NUL byte; the error then suggests a file.
func (e *Environment) SetSecret(name string, value secret.Value) error {
	if err := fitsEnvironment(name, value); err != nil {
		return err
	}
	if e.vars == nil {
		e.vars = map[string]variable{}
	}
	e.vars[name] = variable{secret: value, hidden: true}
	return nil
}

// Names returns the variables' names, sorted.
func (e Environment) Names() []string { return slices.Sorted(maps.Keys(e.vars)) }

// Strings returns the variables as NAME=VALUE, sorted by name, with the secrets in
// plaintext: the form that a runtime needs. The caller must neither keep nor print it.
func (e Environment) Strings() []string {
	list := make([]string, 0, len(e.vars))
	for _, name := range e.Names() {
		v := e.vars[name]
		if v.hidden {
			list = append(list, name+"="+string(v.secret.Bytes()))
			continue
		}
		list = append(list, name+"="+v.plain)
	}
	return list
}

// Secrets returns the secret values, for masking: of variables in the order of their
// names, then of files.
func (e Environment) Secrets() []secret.Value {
	var values []secret.Value
	for _, value := range e.SecretTargets() {
		values = append(values, value)
	}
	return values
}

// SecretTargets yields the secret values in the order of [Environment.Secrets], each with
// the name of its variable or the path of its file.
func (e Environment) SecretTargets() iter.Seq2[string, secret.Value] {
	return func(yield func(string, secret.Value) bool) {
		for _, name := range e.Names() {
			if v := e.vars[name]; v.hidden && !yield(name, v.secret) {
				return
			}
		}
		for _, file := range e.Files() {
			if !yield(file.Path, file.Content) {
				return
			}
		}
	}
}

// String returns only the names of variables and the paths of files.
func (e Environment) String() string {
	if len(e.files) == 0 {
		return fmt.Sprintf("environment of %v", e.Names())
	}
	return fmt.Sprintf("environment of %v, files %v", e.Names(), slices.Sorted(maps.Keys(e.files)))
}

// GoString returns the result of String.
func (e Environment) GoString() string { return e.String() }

// MarshalJSON returns an error: a resolved environment is never written.
func (Environment) MarshalJSON() ([]byte, error) { return nil, errNotMarshalled }

// MarshalText returns an error, as MarshalJSON does.
func (Environment) MarshalText() ([]byte, error) { return nil, errNotMarshalled }

var errNotMarshalled = errors.New("a resolved environment is not marshalled")

func fitsEnvironment(name string, value secret.Value) error {
	if len(name)+value.Len()+2 > MaxEnvValue {
		return fmt.Errorf("%w: the value for %s is longer than %d KiB, which no environment holds; deliver it as a file (target=/path)",
			secret.ErrTooLarge, name, MaxEnvValue>>10)
	}
	if bytes.IndexByte(value.Bytes(), 0) >= 0 {
		return fmt.Errorf("%w: the value for %s holds a NUL byte, which no environment holds; deliver it as a file (target=/path)",
			secret.ErrUnsupported, name)
	}
	return nil
}
