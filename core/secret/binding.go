package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// DefaultFileMode is the mode of a secret that is delivered as a file.
const DefaultFileMode fs.FileMode = 0o400

// Binding is a secret of a workload, and the target that holds its value.
type Binding struct {
	Ref    Ref
	Target Target
}

// Target is the environment variable Env or the file Path that holds a secret. Exactly
// one of the two is set.
type Target struct {
	// Env is a name for which [ValidContainerEnvName] is true.
	Env string
	// Path is absolute, slash-separated and clean; the file is on memory-backed
	// storage and has Mode.
	Path string
	// Mode has permission bits only; it is zero for a variable.
	Mode fs.FileMode
}

// String returns the variable's name or the file's path.
func (t Target) String() string {
	if t.Path != "" {
		return t.Path
	}
	return t.Env
}

// ParseBindings parses secret parameters as [ParseBinding] does. It returns all errors
// together, each with the parameter's position (from 1) and never with its text. Every
// error wraps [ErrInvalidRef]. Two parameters with the same target are an error.
func ParseBindings(params []string) ([]Binding, error) {
	return parseBindings(params, ParseBinding)
}

// ParseSystemBindings is [ParseBindings] for parameters that thv itself has saved: a
// bare name may also be a system name, as in __thv_<scope>_<name>,target=ENV. For any
// other input use ParseBindings, so that it cannot refer to a secret that was stored for
// another workload.
func ParseSystemBindings(params []string) ([]Binding, error) {
	return parseBindings(params, parseSystemBinding)
}

func parseBindings(params []string, parse func(string) (Binding, error)) ([]Binding, error) {
	var bindings []Binding
	var errs []error
	position := map[string]int{}
	for i, param := range params {
		b, err := parse(param)
		if err != nil {
			errs = append(errs, fmt.Errorf("secret parameter %d: %w", i+1, err))
			continue
		}
		if first, taken := position[b.Target.String()]; taken {
			errs = append(errs, fmt.Errorf("secret parameter %d: %w", i+1,
				invalid("parameter %d has the same target", first)))
			continue
		}
		position[b.Target.String()] = i + 1
		bindings = append(bindings, b)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return bindings, nil
}

// ParseBinding parses one parameter:
//
//	NAME                                a bare name; its target is TargetName(NAME)
//	NAME,target=ENV                     an environment variable
//	NAME,target=/path[,mode=0400]       a file
//
// NAME is a reference, and ends at the first comma. It needs a target if it begins with
// a digit, has no ASCII letter or digit, or has more letters of other alphabets than
// ASCII letters and digits. A bare NAME must not contain a space or '=', so that a
// mistaken NAME=VALUE is refused; use a scheme to bind such a secret, as in
// thv://my key,target=KEY. Errors wrap [ErrInvalidRef] and do not repeat the text.
func ParseBinding(param string) (Binding, error) { return parseBinding(param, ParseRef) }

func parseSystemBinding(param string) (Binding, error) {
	if strings.HasPrefix(param, SystemPrefix) {
		return parseBinding(param, ParseSystemRef)
	}
	return ParseBinding(param)
}

func parseBinding(param string, parse func(string) (Ref, error)) (Binding, error) {
	name, options, hasOptions := strings.Cut(param, ",")
	ref, err := parse(name)
	if err != nil {
		return Binding{}, err
	}
	if ref.Bare() && strings.ContainsAny(name, " =") {
		return Binding{}, invalid("a name holds no space and no '=' (write NAME,target=ENV; a secret whose name has them is thv://NAME,target=ENV; values are never given here)")
	}
	if !hasOptions {
		return defaultBinding(ref)
	}
	target, err := parseOptions(options)
	if err != nil {
		return Binding{}, err
	}
	return Binding{Ref: ref, Target: target}, nil
}

// TargetName returns the environment variable for a bare name without a target: ASCII
// letters in upper case, ASCII digits, and '_' for every other character. It is not a
// valid name if the bare name begins with a digit.
func TargetName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, name)
}

// ValidEnvName reports whether s has the form [A-Za-z_][A-Za-z0-9_]*.
func ValidEnvName(s string) bool {
	for i, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// ValidContainerEnvName reports whether s, such as discovery.type, can be the name of a
// container's variable: printable ASCII without spaces, quotes and any of = , $ \. It
// must not begin with '#', which begins a comment in env files, or '/', which begins a
// path.
func ValidContainerEnvName(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte("='\"`,$/\\", c) >= 0 {
			return false
		}
	}
	return s != "" && s[0] != '#'
}

// String returns the parameter that [ParseBinding] parses as b.
func (b Binding) String() string {
	s := b.Ref.String() + ",target=" + b.Target.String()
	if b.Target.Path != "" && b.Target.Mode != DefaultFileMode {
		s += fmt.Sprintf(",mode=%04o", b.Target.Mode)
	}
	return s
}

func defaultBinding(ref Ref) (Binding, error) {
	if !ref.Bare() {
		return Binding{}, invalid("a reference with a scheme needs a target: %s://…,target=ENV", ref.Scheme())
	}
	env := TargetName(ref.Path())
	if !ValidEnvName(env) || !tells(ref.Path()) {
		return Binding{}, invalid("no variable's name follows from this name; write NAME,target=ENV")
	}
	return Binding{Ref: ref, Target: Target{Env: env}}, nil
}

// tells reports whether the variable of a bare name still resembles it: it keeps an ASCII
// letter or digit, and at least as many of them as the letters that it replaces.
func tells(name string) bool {
	kept, lost := 0, 0
	for _, c := range name {
		switch {
		case c > unicode.MaxASCII:
			lost++
		case c != '_' && ValidEnvName("_"+string(c)):
			kept++
		}
	}
	return kept > 0 && kept >= lost
}

func parseOptions(options string) (Target, error) {
	var target, mode string
	seen := map[string]bool{}
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		if seen[key] {
			return Target{}, invalid("a second %s", key)
		}
		switch key {
		case "target":
			target = value
		case "mode":
			mode = value
		default:
			return Target{}, invalid("an unknown option (there are target= and mode=)")
		}
		seen[key] = true
	}
	if target == "" {
		return Target{}, invalid("an empty target")
	}
	if strings.HasPrefix(target, "/") {
		return fileTarget(target, mode, seen["mode"])
	}
	if seen["mode"] {
		return Target{}, invalid("mode= goes with a file as target (an absolute path)")
	}
	if !ValidContainerEnvName(target) {
		return Target{}, invalid("the target is not a valid variable name (printable ASCII without blanks, quotes and any of = , $ / \\) or an absolute path")
	}
	return Target{Env: target}, nil
}

func fileTarget(target, mode string, hasMode bool) (Target, error) {
	if err := checkText(target); err != nil {
		return Target{}, invalid("the target's path is not clean text")
	}
	if path.Clean(target) != target || target == "/" {
		return Target{}, invalid("the target's path is not clean (no '..', no doubled or trailing '/')")
	}
	if !hasMode {
		return Target{Path: target, Mode: DefaultFileMode}, nil
	}
	bits, err := strconv.ParseUint(mode, 8, 32)
	if err != nil || bits > 0o777 || bits&0o444 == 0 {
		return Target{}, invalid("the mode is octal permission bits that allow reading, such as 0400")
	}
	return Target{Path: target, Mode: fs.FileMode(bits)}, nil
}
