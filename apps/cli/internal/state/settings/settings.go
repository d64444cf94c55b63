// Package settings reads and edits the configuration file, which thv shares
// with other programs: it looks at its own keys and leaves every other key, the
// order and the comments as they are.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/ownfile"
)

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// Settings are the keys of the configuration file that thv knows. The zero
// Settings are those of an absent file.
type Settings struct {
	Secrets Secrets `yaml:"secrets"`
	// RegistryPath is the file of a registry of servers, relative to the directory of
	// the configuration file; it wins over RegistryURL, an address.
	RegistryPath string `yaml:"registry_path"`
	RegistryURL  string `yaml:"registry_url"`
	// RegistryAPIURL is the address of an API of a registry, and LocalRegistryPath a
	// file: ToolHive's keys.
	RegistryAPIURL    string `yaml:"registry_api_url"`
	LocalRegistryPath string `yaml:"local_registry_path"`
	// Notes are sentences about keys below secrets that nothing reads, with their
	// line and column, for a user to look at.
	Notes []string `yaml:"-"`
}

// Secrets configures the providers of secrets.
type Secrets struct {
	// ProviderType is the selected provider's name; empty means the default.
	ProviderType string `yaml:"provider_type"`
	// Chain replaces the default fallback chain if it is not nil.
	Chain []Step `yaml:"chain"`
	// Providers are programs that speak the provider protocol, by the name that
	// they have in a chain and as a scheme.
	Providers map[string]Program `yaml:"providers"`
	// OnePassword is about the provider 1password.
	OnePassword OnePassword `yaml:"onepassword"`
	// Kubernetes is about references with the scheme k8s.
	Kubernetes Kubernetes `yaml:"kubernetes"`
}

// Step is one provider of a configured chain: its name alone, or a mapping with
// the classes of failure that go on to the next provider.
type Step struct {
	Provider string
	On       fallback.Rule
}

// longStep is a Step in its long form.
type longStep struct {
	Provider string   `yaml:"provider"`
	On       []string `yaml:"on"`
}

// UnmarshalYAML reads either form of a Step.
func (s *Step) UnmarshalYAML(text []byte) error {
	if err := yaml.Unmarshal(text, &s.Provider); err == nil {
		return nil
	}
	var long longStep // whose unknown keys are found by Load
	if err := yaml.Unmarshal(text, &long); err != nil {
		return err
	}
	s.Provider = long.Provider
	if long.On == nil {
		return nil
	}
	rule, err := fallback.ParseRule(long.On)
	s.On = rule
	return err
}

// Load reads the file at path; an absent or empty one is the zero Settings. An
// error names the path, and the line and column where it can. The names and schemes of
// thv's own providers are reserved: no program may take them.
func Load(path string, reserved ...string) (Settings, error) {
	text, err := read(path)
	if err != nil || len(text) == 0 {
		return Settings{}, err
	}
	var s Settings
	if err := yaml.Unmarshal(text, &s); err != nil {
		return Settings{}, &FileError{Path: path, Err: explain(err)}
	}
	s.Notes, err = checkKeys(text)
	if err == nil {
		err = s.Secrets.check(reserved)
	}
	if err != nil {
		return Settings{}, &FileError{Path: path, Err: err}
	}
	return s, nil
}

// explain adds the position of err in the file, and leaves out the file's text.
func explain(err error) error {
	var mistyped *yaml.TypeError
	if errors.As(err, &mistyped) && mistyped.Token != nil {
		at := mistyped.Token.Position
		return fmt.Errorf("[%d:%d] %s does not go here, %s does", at.Line, at.Column, kind(mistyped.SrcType), kind(mistyped.DstType))
	}
	return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
}

func kind(t reflect.Type) string {
	switch {
	case t == nil:
		return "this"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Map, t.Kind() == reflect.Struct:
		return "a mapping"
	case t.Kind() == reflect.String:
		return "a text"
	}
	return "a " + t.Kind().String()
}

// FileError is a configuration file that cannot be used.
type FileError struct {
	Path string
	Err  error
}

// Error names the file and what is wrong with it.
func (e *FileError) Error() string {
	if others, ok := errors.AsType[*ownfile.Error](e.Err); ok {
		return fmt.Sprintf("configuration %s: %s", e.Path, others.Reason())
	}
	return fmt.Sprintf("configuration %s: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// read returns the file's text, nil if the file does not exist. It refuses a file that
// others can change, since they would choose the providers of secrets.
func read(path string) ([]byte, error) {
	text, err := ownfile.Read(path, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	return text, nil
}
