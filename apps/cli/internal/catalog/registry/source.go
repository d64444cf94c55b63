package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// Fetch requests the registry at an address that CheckAddress accepts; etag is the one
// of the cached copy, empty without a copy. The error is secret.ErrUnavailable if the
// address does not respond, or not with a registry, and secret.ErrTooLarge if it sends
// more than MaxSize. Fetch is bounded in time. In an executable without an HTTP client
// it does not return.
type Fetch func(ctx context.Context, address, etag string) (Answer, error)

// Answer is the response of an address.
type Answer struct {
	// Text is the registry; it is not used if Unchanged is set.
	Text []byte
	ETag string
	// Unchanged is whether the registry is still the one of the etag given.
	Unchanged bool
}

// Config names the sources of registries.
type Config struct {
	// Path, API, URL and LocalPath are those of the configuration file, empty if it
	// has none: thv's own file, the API of a registry of MCP servers, the address of a
	// registry in one text, and ToolHive's file. The first of them wins.
	Path, API, URL, LocalPath string
	// Cache is the directory for copies of URL's registry. It is created when it is
	// needed.
	Cache string
	Fetch Fetch
	// Note shows a sentence to the user.
	Note func(string)
}

// Source loads this installation's registry.
type Source struct{ config Config }

// New returns a Source. It reads nothing.
func New(c Config) *Source { return &Source{config: c} }

// Load reads the registry: the one in file, which the command line names, else the
// configured one, else the built-in one. Of an API, it requests only servers whose name
// contains name; empty is all. The error is a usage error for a mistake in the
// registry, and for a file that is missing, that others could change (see package
// ownfile), or that is not a regular one. If an address does not respond, or not with a
// registry, Load uses the last copy and says so. Without a copy, the error is
// secret.ErrUnavailable if there is no response, and a usage error if the response is
// invalid.
func (s *Source) Load(ctx context.Context, file, name string) (*Registry, error) {
	switch {
	case file != "":
		return readFile("--registry", file)
	case s.config.Path != "":
		return readFile("registry_path", s.config.Path)
	case s.config.API != "":
		return s.load(ctx, "registry_api_url", pageOf(s.config.API, name), s.pages)
	case s.config.URL != "":
		return s.load(ctx, "registry_url", s.config.URL, s.config.Fetch)
	case s.config.LocalPath != "":
		return readFile("local_registry_path", s.config.LocalPath)
	}
	return Parse("built in", builtIn)
}

func readFile(option, path string) (*Registry, error) {
	text, err := ownfile.Read(path, MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, secret.Usagef("%s: there is no file %s", option, path)
	case errors.Is(err, secret.ErrUnsupported): // a pipe is empty for the executable that carries on with the command
		return nil, secret.Usagef("%s: %s is not a regular file; put the registry into one", option, path)
	case err != nil:
		return nil, secret.Usagef("%s: %w", option, err)
	}
	return Parse(path, text)
}

// load requests the address, and falls back to the copy.
func (s *Source) load(ctx context.Context, setting, address string, fetch Fetch) (*Registry, error) {
	if err := CheckAddress(address); err != nil {
		return nil, secret.Usagef("%s: %w", setting, err)
	}
	shown := Shown(address)
	kept, old := s.kept(address, shown)
	answer, err := fetch(ctx, address, kept.ETag)
	useless := errors.Is(err, secret.ErrUnavailable) || errors.Is(err, secret.ErrTooLarge)
	switch {
	case useless && old != nil:
		s.config.Note(fmt.Sprintf("The registry %s is %v; its copy of %s is used.", shown, err, kept.age()))
		return old, nil
	case errors.Is(err, secret.ErrUnavailable):
		return nil, fmt.Errorf("the registry %s is %w; to run an image without the registry, give its name a tag, as in NAME:latest", shown, err)
	case err != nil:
		return nil, err
	case answer.Unchanged && old != nil:
		return old, nil
	}
	fresh, err := Parse(shown, answer.Text)
	if err != nil && old != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		s.config.Note(fmt.Sprintf("Registry %s returned an invalid document (%s); using the copy from %s.", shown, first, kept.age()))
		return old, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.keep(copied{URL: address, ETag: answer.ETag, Fetched: time.Now().UTC(), Registry: string(answer.Text)}); err != nil {
		s.config.Note(fmt.Sprintf("The registry %s is not kept for when it does not answer: %v", shown, err))
	}
	return fresh, nil
}

// CheckAddress accepts https, and http on this machine. Its errors do not repeat
// the address.
func CheckAddress(address string) error {
	parsed, err := url.Parse(address)
	switch {
	case err != nil || parsed.Host == "":
		return errors.New("this is no address, as in https://example.com/registry.json")
	case parsed.User != nil:
		return errors.New("an address with a password in it is not used")
	case parsed.Scheme == "https", parsed.Scheme == "http" && local(parsed.Hostname()):
		return nil
	}
	return errors.New("a registry decides which image is given secrets, so its address begins with https://")
}

func local(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// Shown is an address without what may be secret in it.
func Shown(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "address"
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}
