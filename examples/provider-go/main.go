// Command provider-go is a provider of thv's whose secrets are the files of a
// directory: provider-go DIRECTORY. A bare NAME and SCHEME://NAME are the file NAME.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: provider-go DIRECTORY")
		os.Exit(2)
	}
	err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, protocol.Server{
		Name: "provider-go",
		New: func(_ context.Context, hello protocol.Hello) (provider.Provider, error) {
			return &directory{path: os.Args[1], scheme: hello.Scheme}, nil
		},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "provider-go:", err)
		os.Exit(1)
	}
}

// directory reads secrets from files. It has Get and Check, so that is what the
// program says it can do.
type directory struct{ path, scheme string }

// Get returns the content of the file that ref names.
func (d *directory) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if !ref.Bare() && ref.Scheme() != d.scheme {
		return secret.Value{}, fmt.Errorf("%w: a reference is %s://NAME", secret.ErrInvalidRef, d.scheme)
	}
	name := ref.Path()
	if name == "" || name[0] == '.' || strings.ContainsAny(name, `/\`) {
		class := secret.ErrInvalidRef
		if ref.Bare() {
			class = secret.ErrNotFound // another provider may have it
		}
		return secret.Value{}, fmt.Errorf("%w: a name has no slash, no backslash and no dot at first", class)
	}
	if err := d.Check(ctx); err != nil {
		return secret.Value{}, err
	}
	content, err := fs.ReadFile(os.DirFS(d.path), name)
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w: the file %s cannot be read", classOf(err), name)
	}
	return secret.NewValue(content), nil
}

// Check tells an absent directory, which is an outage, from an absent secret.
func (d *directory) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if info, err := os.Stat(d.path); err != nil || !info.IsDir() {
		return fmt.Errorf("%w: the directory %s is not there; make it or correct the command", secret.ErrUnavailable, d.path)
	}
	return nil
}

// classOf decides by types. What is not known is unavailable, never not found: only a
// true absence lets the next provider be asked.
func classOf(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return secret.ErrNotFound
	case errors.Is(err, fs.ErrPermission):
		return secret.ErrDenied
	}
	return secret.ErrUnavailable
}
