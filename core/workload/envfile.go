package workload

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/secret"
)

// maxEnvFile bounds an env file, in bytes.
const maxEnvFile = 16 << 20

// blanks are what may surround a line's parts and is none of a value. Any other
// space of Unicode is text, as it is to a shell.
const blanks = " \t"

// EnvFileError is a line of an env file that is none. It repeats nothing of the
// line, which may hold a value.
type EnvFileError struct {
	File string
	// Line counts from 1, and is where the mistake begins.
	Line int
	Err  error
}

// Error names the file, the line and the mistake.
func (e *EnvFileError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the mistake.
func (e *EnvFileError) Unwrap() error { return e.Err }

// ParseEnvFile reads variables in the form that shells source:
//
//	# a comment, and blank lines
//	KEY=value            # a comment, after a space
//	export KEY=value
//	KEY='as it is'
//	KEY="with \" \\ \$ and \` as in a shell, and
//	further lines"
//
// In double quotes any other backslash is itself, and one at a line's end joins
// the next line. An unquoted value ends before the blanks at the line's end, and
// holds a quote only where it is JSON as a whole, as in KEY={"a": 1}, which then
// is kept as it is: a shell would take such quotes away, other readers of env
// files keep them, so that any other value must be quoted as a whole to say
// which is meant (KEY="it's"). Blanks are the space and the tab.
//
// A later variable wins over an earlier one of its name. Nothing is expanded. A
// byte order mark and line ends of Windows are accepted. Any other line is an
// *EnvFileError; name is the file's, for messages.
func ParseEnvFile(name string, r io.Reader) (map[string]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxEnvFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxEnvFile {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxEnvFile>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	p := envParser{lines: bufio.NewScanner(bytes.NewReader(text)), vars: map[string]string{}}
	p.lines.Buffer(nil, maxEnvFile+1)
	if err := p.file(); err != nil {
		return nil, &EnvFileError{File: name, Line: p.began, Err: err}
	}
	return p.vars, nil
}

// ParseEnvDir reads every regular file of folder whose name does not begin with
// a dot, in the order of their names; a later file wins.
func ParseEnvDir(folder fs.FS) (map[string]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	vars := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		info, err := fs.Stat(folder, name)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		file, err := folder.Open(name)
		if err != nil {
			return nil, err
		}
		parsed, err := ParseEnvFile(name, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		merge(vars, parsed)
	}
	return vars, nil
}

// envParser is on one line of a file, or on several of a quoted value.
type envParser struct {
	lines *bufio.Scanner
	line  int // the one read last
	began int // the one that the variable began on
	vars  map[string]string
}

func (p *envParser) file() error {
	for p.next() {
		p.began = p.line
		if err := p.variable(p.lines.Text()); err != nil {
			return err
		}
	}
	return p.lines.Err()
}

func (p *envParser) next() bool {
	p.line++
	return p.lines.Scan()
}

func (p *envParser) variable(line string) error {
	// What ends the line may belong to a quoted value that goes on in the next.
	line = strings.TrimLeft(line, blanks)
	if line == "" || line[0] == '#' {
		return nil
	}
	if rest, found := strings.CutPrefix(line, "export"); found && rest != strings.TrimLeft(rest, blanks) {
		line = strings.TrimLeft(rest, blanks)
	}
	key, text, found := strings.Cut(line, "=")
	if !found {
		return errors.New("neither KEY=VALUE nor a comment")
	}
	if !secret.ValidEnvName(key) {
		return errors.New("what stands before '=' is no variable's name ([A-Za-z_][A-Za-z0-9_]*)")
	}
	value, err := p.value(text)
	if err != nil {
		return err
	}
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return errors.New("the value is not UTF-8, or holds a NUL")
	}
	p.vars[key] = value
	return nil
}

func (p *envParser) value(text string) (string, error) {
	quote := strings.TrimLeft(text, blanks)
	switch {
	case strings.HasPrefix(quote, "'"):
		return literal(quote[1:])
	case strings.HasPrefix(quote, `"`):
		return p.quoted(quote[1:])
	}
	return plain(text)
}

// plain is an unquoted value: up to a comment that a blank precedes.
func plain(text string) (string, error) {
	for i := range len(text) {
		if text[i] == '#' && i > 0 && strings.IndexByte(blanks, text[i-1]) >= 0 {
			text = text[:i]
			break
		}
	}
	text = strings.Trim(text, blanks)
	if strings.ContainsAny(text, `'"`) && !json.Valid([]byte(text)) {
		return "", errors.New("a quote stands inside an unquoted value: quote the whole value")
	}
	return text, nil
}

func literal(text string) (string, error) {
	value, rest, found := strings.Cut(text, "'")
	if !found {
		return "", errors.New("a single quote is not closed on its line")
	}
	return value, onlyComment(rest)
}

// quoted reads a value in double quotes, which may go over several lines.
func (p *envParser) quoted(text string) (string, error) {
	var value strings.Builder
	for {
		rest, closed := unescape(&value, text)
		if closed {
			return value.String(), onlyComment(rest)
		}
		if !p.next() {
			return "", errors.New("a double quote is not closed before the file's end")
		}
		text = p.lines.Text()
	}
}

// unescape appends text up to the closing quote, and returns what follows it; or
// all of text with its line end, where the quote is not closed.
func unescape(value *strings.Builder, text string) (rest string, closed bool) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			return text[i+1:], true
		case c == '\\' && i+1 == len(text):
			return "", false
		case c == '\\' && strings.IndexByte("\"\\$`", text[i+1]) >= 0:
			i++
			value.WriteByte(text[i])
		default:
			value.WriteByte(c)
		}
	}
	value.WriteByte('\n')
	return "", false
}

func onlyComment(rest string) error {
	rest = strings.TrimLeft(rest, blanks)
	if rest != "" && rest[0] != '#' {
		return errors.New("text follows the closing quote")
	}
	return nil
}

// References returns, of plain variables, those whose value is a reference with
// one of the schemes, so that an env file can name secrets instead of holding
// them. A value with another scheme, such as an address, stays a value; one with
// such a scheme that is no reference is an error, which names the variable and
// wraps secret.ErrInvalidRef.
func References(vars map[string]string, schemes []string) (map[string]secret.Ref, error) {
	refs := map[string]secret.Ref{}
	var errs []error
	for _, name := range sortedNames(vars) {
		scheme, _, found := strings.Cut(vars[name], "://")
		if !found || !slices.Contains(schemes, scheme) {
			continue
		}
		ref, err := secret.ParseRef(vars[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("variable %s: %w", name, err))
			continue
		}
		refs[name] = ref
	}
	return refs, errors.Join(errs...)
}
