package workload

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/secret"
)

// maxEnvFile is the maximum size of an env file, in bytes.
const maxEnvFile = 16 << 20

// blanks may surround the parts of a line, and are not part of a value. Any other Unicode
// space is text, as in a shell.
const blanks = " \t"

// EnvFileError is an invalid line of an env file. It repeats nothing of the line, which
// may contain a value.
type EnvFileError struct {
	File string
	// Line is the number of the line, from 1, at which the mistake begins.
	Line int
	Err  error
}

// Error names the file, the line and the mistake.
func (e *EnvFileError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the mistake.
func (e *EnvFileError) Unwrap() error { return e.Err }

// EnvParser parses env files. The zero EnvParser refuses text that a shell would expand,
// and accepts every name that a container's variable may have.
type EnvParser struct {
	// Expansion is one of [Expansions]. The default is [ExpansionRefuse].
	Expansion string
	// Lookup returns a variable of the environment. With [ExpansionShell] it is used for
	// variables that the file has not set before. Nil is an empty environment.
	Lookup func(name string) (string, bool)
	// Shell restricts names to valid names of shell variables.
	Shell bool
}

// File parses variables in the form that shells source:
//
//	# a comment, and blank lines
//	KEY=value            # a comment, after a space
//	export KEY=value
//	KEY='as it is, also over
//	further lines'
//	KEY="with \" \\ \$ and \` as in a shell, and
//	further lines"
//
// In double quotes any other backslash is literal, and a backslash at the end of a line
// joins it with the next. An unquoted value ends before the blanks at the end of the
// line. It may contain a quote only if the whole value is JSON, as in KEY={"a": 1}, and
// is then kept unchanged. Shells remove such quotes and other parsers of env files keep
// them, so any other value with a quote must be quoted as a whole (KEY="it's"). Blanks
// are the space and the tab.
//
// A later variable replaces an earlier one of the same name. Expansion applies to text in
// unquoted values and in double quotes that a shell would expand. After export, a blank
// in an unquoted value is an error. UTF-16 with a byte order mark, UTF-8 with or without
// one and Windows line ends are accepted. Any other line is an [*EnvFileError]; name is
// the name of the file, for messages.
func (e EnvParser) File(name string, r io.Reader) (map[string]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxEnvFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxEnvFile {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxEnvFile>>20)
	}
	text, err = asUTF8(text)
	if err != nil {
		return nil, &EnvFileError{File: name, Line: 1, Err: err}
	}
	p := envParser{EnvParser: e, lines: bufio.NewScanner(bytes.NewReader(text)), vars: map[string]string{}}
	p.lines.Buffer(nil, maxEnvFile+1)
	if err := p.file(); err != nil {
		return nil, &EnvFileError{File: name, Line: p.began, Err: err}
	}
	return p.vars, nil
}

// Dir parses every regular file of a directory whose name does not begin with a dot, in
// the order of their names. Variables of a later file replace earlier ones.
func (e EnvParser) Dir(folder fs.FS) (map[string]string, error) {
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
		parsed, err := e.File(name, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		merge(vars, parsed)
	}
	return vars, nil
}

// envParser is the state of the parsing of one file.
type envParser struct {
	EnvParser
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
	// The end of the line may belong to a quoted value that continues on the next.
	line = strings.TrimLeft(line, blanks)
	if line == "" || line[0] == '#' {
		return nil
	}
	rest, exported := strings.CutPrefix(line, "export")
	if exported = exported && rest != strings.TrimLeft(rest, blanks); exported {
		line = strings.TrimLeft(rest, blanks)
	}
	key, text, found := strings.Cut(line, "=")
	if !found {
		return errors.New("neither KEY=VALUE nor a comment")
	}
	if err := p.name(key); err != nil {
		return err
	}
	value, err := p.value(text, exported)
	if err != nil {
		return err
	}
	if strings.ContainsRune(value, '\r') {
		return errors.New("a carriage return stands inside the value: end lines with LF or CR LF")
	}
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return errors.New("the value is not UTF-8, or holds a NUL")
	}
	p.vars[key] = value
	return nil
}

func (p *envParser) value(text string, exported bool) (string, error) {
	quote := strings.TrimLeft(text, blanks)
	switch {
	case strings.HasPrefix(quote, "'"):
		return p.literal(quote[1:])
	case strings.HasPrefix(quote, `"`):
		return p.quoted(quote[1:])
	}
	value, err := plain(text)
	if err == nil && exported && strings.ContainsAny(value, blanks) {
		return "", errors.New("a blank stands inside an unquoted value after export, where a shell ends it: quote the value, and give each variable its own line")
	}
	if err != nil {
		return "", err
	}
	return p.expanded(value)
}

func (p *envParser) name(key string) error {
	switch {
	case p.Shell && !secret.ValidEnvName(key):
		return errors.New("the text before '=' is not the name of a local process's variable ([A-Za-z_][A-Za-z0-9_]*)")
	case !secret.ValidContainerEnvName(key):
		return errors.New("the text before '=' is not a valid variable name (printable ASCII without blanks, quotes and any of = , $ / \\)")
	}
	return nil
}

// plain returns the unquoted value at the beginning of text, which ends before a comment
// with a blank in front.
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

// literal parses a value in single quotes, which may span several lines.
func (p *envParser) literal(text string) (string, error) {
	var value strings.Builder
	for {
		part, rest, closed := strings.Cut(text, "'")
		value.WriteString(part)
		if closed {
			return value.String(), onlyComment(rest)
		}
		if !p.next() {
			return "", errors.New("a single quote is not closed before the file's end")
		}
		value.WriteByte('\n')
		text = p.lines.Text()
	}
}

// quoted parses a value in double quotes, which may span several lines.
func (p *envParser) quoted(text string) (string, error) {
	var value strings.Builder
	for {
		rest, closed, err := p.unescape(&value, text)
		if err != nil {
			return "", err
		}
		if closed {
			return value.String(), onlyComment(rest)
		}
		if !p.next() {
			return "", errors.New("a double quote is not closed before the file's end")
		}
		text = p.lines.Text()
	}
}

// unescape appends text up to the closing quote to value, and returns the rest after the
// quote. If the quote is not closed, it appends all of text with its line end.
func (p *envParser) unescape(value *strings.Builder, text string) (rest string, closed bool, err error) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			return text[i+1:], true, nil
		case c == '\\' && i+1 == len(text):
			return "", false, nil
		case c == '\\' && strings.IndexByte("\"\\$`", text[i+1]) >= 0:
			i++
			value.WriteByte(text[i])
		case c == '$' || c == '`':
			part, length, err := p.expand(text[i:])
			if err != nil {
				return "", false, err
			}
			value.WriteString(part)
			i += length - 1
		default:
			value.WriteByte(c)
		}
	}
	value.WriteByte('\n')
	return "", false, nil
}

func onlyComment(rest string) error {
	comment := strings.TrimLeft(rest, blanks)
	if comment != "" && (comment[0] != '#' || comment == rest) {
		return errors.New("text follows the closing quote")
	}
	return nil
}
