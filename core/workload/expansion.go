package workload

import (
	"errors"
	"strings"
)

// The treatments of text in an env file that a shell would expand: a '$' before a name, a
// brace, a parenthesis or a special parameter, and a backtick.
const (
	// ExpansionRefuse makes it an error, since parsers of env files treat it
	// differently.
	ExpansionRefuse = "refuse"
	// ExpansionShell replaces $NAME, ${NAME}, ${NAME-text} and ${NAME:-text} by a
	// variable that the file has set before, or by one of the environment. A variable
	// that is not set is an error, and so is anything else that a shell would expand.
	ExpansionShell = "shell"
	// ExpansionLiteral keeps it unchanged.
	ExpansionLiteral = "literal"
)

// Expansions are the values of [EnvParser.Expansion] and [Spec.EnvFileExpansion].
var Expansions = []string{ExpansionRefuse, ExpansionShell, ExpansionLiteral}

// expanded returns an unquoted value with its expansions, in which backslashes are
// literal.
func (p *envParser) expanded(text string) (string, error) {
	var value strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' && text[i] != '`' {
			value.WriteByte(text[i])
			continue
		}
		part, length, err := p.expand(text[i:])
		if err != nil {
			return "", err
		}
		if part != text[i:i+length] && i > 0 && text[i-1] == '\\' {
			return "", errors.New("a backslash stands before a '$' in an unquoted value, where it keeps a shell from expanding: put the value in quotes")
		}
		value.WriteString(part)
		i += length - 1
	}
	return value.String(), nil
}

// expand returns the replacement of the expansion at the beginning of text, which is a
// '$' or '`', and its length.
func (p *envParser) expand(text string) (value string, length int, err error) {
	e := parseExpansion(text)
	switch {
	case e.length == 0 || p.Expansion == ExpansionLiteral:
		return text[:1], 1, nil
	case p.Expansion != ExpansionShell:
		return "", 0, errors.New("a shell expands the '$' or '`' in the value: put the value in single quotes to keep it, or choose with --env-file-expansion=shell or =literal")
	case e.name == "":
		return "", 0, errors.New("of what a shell expands, thv expands $NAME, ${NAME}, ${NAME-text} and ${NAME:-text}: put the value in single quotes to keep it")
	}
	value, set := p.vars[e.name]
	if !set && p.Lookup != nil {
		value, set = p.Lookup(e.name)
	}
	switch {
	case e.orElse && (!set || e.orEmpty && value == ""):
		return e.other, e.length, nil
	case !set:
		return "", 0, errors.New("a variable that the value refers to is set neither earlier in the file nor in the environment: set it, or write ${NAME-}")
	}
	return value, e.length, nil
}

// expansion is text that a shell would replace. Its length is zero if there is none, and
// its name is empty if it is not a variable.
type expansion struct {
	name            string
	length          int
	other           string
	orElse, orEmpty bool
}

// parseExpansion parses the expansion at the beginning of text.
func parseExpansion(text string) expansion {
	next := text[1:]
	switch {
	case text[0] == '`':
		return expansion{length: 1}
	case next == "":
		return expansion{}
	case next[0] == '{':
		return parseBraces(text)
	case nameLength(next) > 0:
		return expansion{name: next[:nameLength(next)], length: 1 + nameLength(next)}
	case strings.IndexByte("(@*#?-$!0123456789", next[0]) >= 0:
		return expansion{length: 1}
	}
	return expansion{}
}

func parseBraces(text string) expansion {
	inner, _, closed := strings.Cut(text[2:], "}")
	e := expansion{length: len("${}") + len(inner)}
	n := nameLength(inner)
	rest := inner[n:]
	if rest, e.orEmpty = strings.CutPrefix(rest, ":-"); e.orEmpty {
		e.other, e.orElse = rest, true
	} else if rest, e.orElse = strings.CutPrefix(rest, "-"); e.orElse {
		e.other = rest
	} else if rest != "" {
		n = 0
	}
	if !closed || strings.ContainsAny(e.other, "$`'\"\\{~") {
		return expansion{length: 1}
	}
	e.name = inner[:n]
	return e
}

// nameLength returns the length of the variable name at the beginning of text.
func nameLength(text string) int {
	for i, c := range []byte(text) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}
