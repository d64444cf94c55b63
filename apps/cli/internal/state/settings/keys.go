package settings

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/suggest"
)

// checkKeys checks the keys below secrets. An unknown key that resembles one of thv, or
// belongs to another mapping, is an error, since thv would otherwise ignore a setting of the
// user. Other unknown keys may belong to another program; they are returned as notes. Keys
// outside of secrets are not checked.
func checkKeys(text []byte) (notes []string, err error) {
	if !bytes.Contains(text, []byte("secrets")) {
		return nil, nil
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil, err
	}
	secrets := below(file.Docs[0].Body, "secrets")
	notes, err = sharedKeys(secrets)
	return notes, errors.Join(
		err,
		known(below(secrets, "onepassword"), "secrets.onepassword", reflect.TypeFor[OnePassword]()),
		known(below(secrets, "kubernetes"), "secrets.kubernetes", reflect.TypeFor[Kubernetes]()),
		knownOfEach(below(secrets, "providers"), "secrets.providers", reflect.TypeFor[Program]()),
		knownOfEach(below(secrets, "chain"), "secrets.chain", reflect.TypeFor[longStep]()),
	)
}

// sharedKeys checks the keys of the mapping secrets itself. Other programs have keys in it,
// too.
func sharedKeys(secrets ast.Node) (notes []string, err error) {
	entries, _ := mapping(secrets)
	for _, e := range entries {
		key := e.Key.String()
		if slices.Contains(secretsKeys(), key) {
			continue
		}
		at := e.Key.GetToken().Position
		unknown := fmt.Sprintf("[%d:%d] secrets: unknown field %q", at.Line, at.Column, key)
		if meant := suggestion(key, secretsKeys()); meant != "" {
			err = errors.Join(err, errors.New(unknown+"; "+meant))
		} else {
			notes = append(notes, unknown+" is ignored")
		}
	}
	return notes, err
}

// secretsKeys are the keys of secrets. thv writes setup_completed and does not read it.
func secretsKeys() []string {
	return append(keysOf(reflect.TypeFor[Secrets]()), "setup_completed")
}

func keysOf(form reflect.Type) (names []string) {
	for field := range form.Fields() {
		names = append(names, field.Tag.Get("yaml"))
	}
	return names
}

// suggestion returns what the user may have meant by key: one of names, or the mapping that
// key belongs to. It is empty for a key that resembles no known one.
func suggestion(key string, names []string) string {
	for _, place := range []struct {
		form reflect.Type
		path string
	}{
		{reflect.TypeFor[longStep](), "an entry of secrets.chain"},
		{reflect.TypeFor[Program](), "secrets.providers.NAME"},
		{reflect.TypeFor[OnePassword](), "secrets.onepassword"},
		{reflect.TypeFor[Kubernetes](), "secrets.kubernetes"},
		{reflect.TypeFor[Settings](), "the top of the file"},
	} {
		if slices.Contains(keysOf(place.form), key) && !slices.Contains(names, key) {
			return fmt.Sprintf("%s belongs in %s", key, place.path)
		}
	}
	if near := suggest.Nearest(key, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// knownOfEach checks every mapping in node, a mapping or a list.
func knownOfEach(node ast.Node, path string, form reflect.Type) error {
	var errs []error
	if list, ok := node.(*ast.SequenceNode); ok {
		for _, entry := range list.Values {
			errs = append(errs, known(entry, path, form))
		}
	}
	entries, _ := mapping(node)
	for _, e := range entries {
		errs = append(errs, known(e.Value, path+"."+e.Key.String(), form))
	}
	return errors.Join(errs...)
}

// known reports the keys of node that no field of form has.
func known(node ast.Node, path string, form reflect.Type) error {
	names := keysOf(form)
	entries, _ := mapping(node)
	var errs []error
	for _, e := range entries {
		at, key := e.Key.GetToken().Position, e.Key.String()
		if slices.Contains(names, key) {
			continue
		}
		err := fmt.Errorf("[%d:%d] %s: unknown field %q; there are %s", at.Line, at.Column, path, key, strings.Join(names, ", "))
		if meant := suggestion(key, names); meant != "" {
			err = fmt.Errorf("%w; %s", err, meant)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func below(node ast.Node, key string) ast.Node {
	entries, _ := mapping(node)
	if e := entry(entries, key); e != nil {
		return e.Value
	}
	return nil
}
