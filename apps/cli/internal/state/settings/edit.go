package settings

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
)

// lockWait bounds the wait for another program that edits the file.
const lockWait = 5 * time.Second

// SetProvider writes secrets.provider_type and marks the setup as done, and
// leaves all else in the file at path as it is. The file is replaced whole or
// not at all.
func SetProvider(path, provider string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one: people keep their configuration elsewhere
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &FileError{Path: path, Err: err}
	}
	ctx := context.Background()
	lock, err := filelock.AcquireShared(ctx, path+".lock", lockWait)
	if err != nil {
		return &FileError{Path: path, Err: err}
	}
	defer lock.Release()
	for {
		done, err := setUnder(lock, path, provider)
		if err != nil || done {
			return err
		}
		if err := lock.Renew(ctx, lockWait); err != nil {
			return &FileError{Path: path, Err: err}
		}
	}
}

// setUnder is one try under lock, which other programs take too, and remove: done is
// whether it was held until the file was in its place.
func setUnder(lock *filelock.Lock, path, provider string) (done bool, err error) {
	text, err := read(path)
	if err != nil {
		return false, err
	}
	edited, err := edit(text, [][2]string{{"setup_completed", "true"}, {"provider_type", provider}})
	if err != nil {
		return false, &FileError{Path: path, Err: err}
	}
	if !lock.Held() {
		return false, nil
	}
	if err := atomicfile.Replace(path, edited); err != nil {
		return false, &FileError{Path: path, Err: cause(err)}
	}
	return lock.Held(), nil
}

// edit sets keys of the mapping secrets to plain scalars. It changes no other line, and
// verifies that before it returns.
func edit(text []byte, pairs [][2]string) ([]byte, error) {
	edited := text
	for _, pair := range pairs {
		next, err := set(edited, pair[0], pair[1])
		if err != nil {
			return nil, err
		}
		edited = next
	}
	if err := prove(text, edited, pairs); err != nil {
		return nil, err
	}
	return edited, nil
}

// errByHand is for forms of YAML that an edit by lines does not reach.
var errByHand = errors.New("its form is not one that thv edits; set secrets.provider_type by hand")

func set(text []byte, key, value string) ([]byte, error) {
	root, err := topLevel(text)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	secrets := entry(root, "secrets")
	switch {
	case secrets == nil:
		if last := lines[len(lines)-1]; last != "" {
			lines[len(lines)-1] = last + "\n"
		}
		lines = append(lines, "secrets:\n", "  "+key+": "+value+"\n")
	case secrets.Value.Type() == ast.NullType:
		lines = insert(lines, lineOf(secrets), "  "+key+": "+value+"\n")
	default:
		return setIn(lines, secrets, key, value)
	}
	return []byte(strings.Join(lines, "")), nil
}

// setIn sets key in a mapping in block style.
func setIn(lines []string, secrets *ast.MappingValueNode, key, value string) ([]byte, error) {
	children, block := mapping(secrets.Value)
	if !block || len(children) == 0 {
		return nil, errByHand
	}
	old := entry(children, key)
	if old == nil {
		indent := strings.Repeat(" ", children[0].Key.GetToken().Position.Column-1)
		lines = insert(lines, lineOf(secrets), indent+key+": "+value+"\n")
		return []byte(strings.Join(lines, "")), nil
	}
	at := lineOf(old) - 1
	parts := scalarLine().FindStringSubmatch(lines[at])
	if parts == nil {
		return nil, errByHand
	}
	lines[at] = parts[1] + " " + value + parts[2]
	return []byte(strings.Join(lines, "")), nil
}

// scalarLine is a line with a key and at most a scalar: what stands before the
// scalar, and the comment or space after it.
var scalarLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(\s*[^\s:#]+\s*:)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'|[^\s"'#\[{&*!|>][^\n#]*?))?((?:[ \t]+#[^\n]*)?\s*)$`)
})

// topLevel returns the entries of the file's one mapping; none for a file of
// nothing but comments.
func topLevel(text []byte) ([]*ast.MappingValueNode, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	switch {
	case len(file.Docs) > 1:
		return nil, errByHand
	case len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType:
		return nil, nil
	}
	entries, block := mapping(file.Docs[0].Body)
	if !block {
		return nil, errByHand
	}
	return entries, nil
}

// mapping returns a node's entries, and whether it is a mapping in block style.
func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := node.(type) {
	case *ast.MappingNode:
		return m.Values, !m.IsFlowStyle
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func entry(entries []*ast.MappingValueNode, key string) *ast.MappingValueNode {
	for _, e := range entries {
		if e.Key.String() == key {
			return e
		}
	}
	return nil
}

// lineOf counts from 1.
func lineOf(e *ast.MappingValueNode) int { return e.Key.GetToken().Position.Line }

func insert(lines []string, at int, line string) []string {
	if at == len(lines) && at > 0 && !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += "\n"
	}
	return slices.Insert(lines, at, line)
}

// prove compares what both texts mean: they differ in nothing but pairs.
func prove(before, after []byte, pairs [][2]string) error {
	var was, is map[string]any
	if err := yaml.Unmarshal(before, &was); err != nil {
		return errByHand
	}
	if err := yaml.Unmarshal(after, &is); err != nil {
		return errByHand
	}
	if was == nil {
		was = map[string]any{}
	}
	secrets, ok := was["secrets"].(map[string]any)
	if !ok {
		secrets = map[string]any{}
		was["secrets"] = secrets
	}
	for _, pair := range pairs {
		var value any
		if err := yaml.Unmarshal([]byte(pair[1]), &value); err != nil {
			return err
		}
		secrets[pair[0]] = value
	}
	if !reflect.DeepEqual(was, is) {
		return errByHand
	}
	return nil
}

// cause returns err without the path, which FileError names.
func cause(err error) error {
	if failed, ok := errors.AsType[*atomicfile.Error](err); ok {
		return failed.Err
	}
	return err
}
