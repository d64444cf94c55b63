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
)

// checkKeys refuses keys of our own mappings that nobody knows: a mistyped one
// would be a provider that is asked in another way than its owner wrote. All else
// in the file may be another program's.
func checkKeys(text []byte) error {
	if !bytes.Contains(text, []byte("providers")) && !bytes.Contains(text, []byte("onepassword")) && !bytes.Contains(text, []byte("kubernetes")) {
		return nil // most files: they are parsed once only
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil || len(file.Docs) == 0 {
		return err
	}
	secrets := below(file.Docs[0].Body, "secrets")
	return errors.Join(
		known(below(secrets, "onepassword"), "secrets.onepassword", reflect.TypeFor[OnePassword]()),
		known(below(secrets, "kubernetes"), "secrets.kubernetes", reflect.TypeFor[Kubernetes]()),
		knownOfEach(below(secrets, "providers")),
	)
}

func knownOfEach(providers ast.Node) error {
	entries, _ := mapping(providers)
	var errs []error
	for _, e := range entries {
		errs = append(errs, known(e.Value, "secrets.providers."+e.Key.String(), reflect.TypeFor[Program]()))
	}
	return errors.Join(errs...)
}

// known reports the keys of node that no field of form has.
func known(node ast.Node, path string, form reflect.Type) error {
	var names []string
	for field := range form.Fields() {
		names = append(names, field.Tag.Get("yaml"))
	}
	entries, _ := mapping(node)
	var errs []error
	for _, e := range entries {
		if at := e.Key.GetToken().Position; !slices.Contains(names, e.Key.String()) {
			errs = append(errs, fmt.Errorf("[%d:%d] %s: unknown field %q; there are %s", at.Line, at.Column, path, e.Key.String(), strings.Join(names, ", ")))
		}
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
