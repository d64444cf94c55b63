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

// Fetch asks for the registry at an address that CheckAddress accepts; etag is
// that of the copy at hand, empty without one. An address that does not answer,
// or not with a registry, is secret.ErrUnavailable, and one that answers more than
// MaxSize secret.ErrTooLarge. It is bounded in time. In an executable without an
// HTTP client it does not return.
type Fetch func(ctx context.Context, address, etag string) (Answer, error)

// Answer is what an address answers.
type Answer struct {
	// Text is the registry; it does not count where Unchanged is set.
	Text []byte
	ETag string
	// Unchanged is whether the registry is still the one of the etag given.
	Unchanged bool
}

// Config says where registries are.
type Config struct {
	// Path, API, URL and LocalPath are those of the configuration file, empty if it
	// has none: thv's own file, the API of a registry of MCP servers, the address of a
	// registry in one text, and ToolHive's file. The first of them wins.
	Path, API, URL, LocalPath string
	// Cache is the folder for copies of what URL answers. It is made when it is
	// needed.
	Cache string
	Fetch Fetch
	// Note says a sentence to a person.
	Note func(string)
}

// Source is where this installation's registry comes from.
type Source struct{ config Config }

// New returns a Source. It reads nothing.
func New(c Config) *Source { return &Source{config: c} }

// Load reads the registry: that of file, which the command line names, else the
// configuration's, else the one that is built in. Of an API only servers whose name holds
// name are asked for; empty is all. A mistake in it is a usage error,
// as is a file that is not there, that others could change (see package ownfile), or that
// is not a regular one.
// Where an address does not answer, or not with a registry, the last copy is used and
// that is said. Without a copy no answer is secret.ErrUnavailable, and a wrong one a
// usage error.
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

// load asks the address, with the copy at hand for where it does not answer.
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
		return nil, fmt.Errorf("the registry %s is %w; an image is run without it where its name has a tag, as in NAME:latest", shown, err)
	case err != nil:
		return nil, err
	case answer.Unchanged && old != nil:
		return old, nil
	}
	fresh, err := Parse(shown, answer.Text)
	if err != nil && old != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		s.config.Note(fmt.Sprintf("The registry %s answers what is none (%s); its copy of %s is used.", shown, first, kept.age()))
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
