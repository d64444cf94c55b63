package mask

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/thv-secrets/thv/core/secret"
)

var update = flag.Bool("update", false, "write the list of forms in SECURITY.md")

// values that forms are made of: one that needs no escapes, and one that needs
// all of them.
var formValues = []string{"canary-9f3a7b21c4", "p4ss/w\"o'rd<&>+ \\é\U0001F511$x,=#1"}

// form is a way in which a program prints a value.
type form struct {
	name   string
	masked bool
	// left is how many bytes that are not of the value stand beside it.
	left int
	make func(value string) string
}

var printed sync.Map // what programs made, by their words and the value

// program makes a form by a real program, which gets the value on standard
// input, of formValues only: a start takes long. Where the program is missing, or
// does not take the value, there is no text.
func program(name string, args ...string) func(string) string {
	return func(value string) string {
		if !slices.Contains(formValues, strings.TrimSuffix(value, "\n")) {
			return ""
		}
		key := strings.Join(append(args, name, value), "\x00")
		if text, ok := printed.Load(key); ok {
			return text.(string)
		}
		text := run(value, name, args...)
		printed.Store(key, text)
		return text
	}
}

func run(value, name string, args ...string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(value)
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

func python(code string) func(string) string {
	return program("python3", "-c", "import sys,json,html,urllib.parse,shlex,base64\nv=sys.stdin.buffer.read().decode()\nprint("+code+")")
}

func each(value, format string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func inner(quoted []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(quoted[1 : len(quoted)-1])
}

func jsonPlain(value string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return inner(bytes.TrimSpace(b.Bytes()), nil)
}

func units(value string, format string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(value)) {
		fmt.Fprintf(&b, format, unit)
	}
	return b.String()
}

func utf16Of(value string, big bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(value)) {
		pair := []byte{byte(unit), byte(unit >> 8)}
		if big {
			slices.Reverse(pair)
		}
		b.Write(pair)
	}
	return b.String()
}

func wrapped(width int, end string) func(string) string {
	return func(value string) string {
		text := base64.StdEncoding.EncodeToString([]byte("user-of-a-long-name-so-that-lines-break-at-any-place:" + value))
		var b strings.Builder
		for ; len(text) > width; text = text[width:] {
			b.WriteString(text[:width] + end)
		}
		return b.String() + text
	}
}

var encoded = func(value string) string { return base64.StdEncoding.EncodeToString([]byte(value)) }

// forms is what is tried, and what SECURITY.md says.
var formTable = []form{
	{"the bytes themselves", true, 0, func(v string) string { return v }},
	{"its first 12 bytes or more, cut off", true, 3, func(v string) string { return v[:12] + "..." }},
	{"base64", true, 0, encoded},
	{"base64 for URLs", true, 0, func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) }},
	{"base64 with a line end (`echo VALUE | base64`)", true, 0, func(v string) string { return program("base64", "-w0")(v + "\n") }},
	{"base64 of longer text (`user:VALUE`), but for the character that it shares at its beginning", true, 8, func(v string) string { return encoded("user:" + v) }},
	{"base64 in lines of 60, 64 or 76 characters", true, 78, wrapped(76, "\n")},
	{"", true, 78, wrapped(64, "\r\n")},
	{"", true, 78, wrapped(60, "\n")},
	{"", true, 80, wrapped(73, `\n`)},
	{"base64, cut off", true, 0, func(v string) string { return encoded(v)[:16] }},
	{"base32, from its beginning", true, 0, func(v string) string { return base32.StdEncoding.EncodeToString([]byte(v)) }},
	{"", true, 0, func(v string) string {
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(v)))
	}},
	{"hexadecimal, in capitals or small letters", true, 0, func(v string) string { return hex.EncodeToString([]byte(v)) }},
	{"", true, 0, func(v string) string { return fmt.Sprintf("%X", v) }},
	{"hexadecimal with blanks, tabulators, colons, dashes, commas, semicolons or line ends, `0x`, `\\x` or `%` before each byte", true, 0, func(v string) string { return strings.TrimSpace(each(v, "%02x ")) }},
	{"", true, 0, func(v string) string { return strings.TrimSuffix(each(v, "%02X:"), ":") }},
	{"", true, 2, func(v string) string { return strings.TrimSuffix(each(v, "0x%02x, "), ", ") }},
	{"", true, 2, func(v string) string { return strings.TrimSuffix(each(v, "0x%02x,"), ",") }},
	{"", true, 0, func(v string) string { return each(v, `\x%02x`) }},
	{"", true, 0, func(v string) string { return each(v, "%%%02X") }},
	{"dumps: `xxd`, `xxd -p`, `hexdump -C`, `od -tx1`", true, 10, program("xxd")},
	{"", true, 0, program("xxd", "-p")},
	{"", true, 2, func(v string) string { return jsonPlain(program("xxd", "-p")(v)) }},
	{"", true, 30, program("hexdump", "-C")},
	{"", true, 17, program("od", "-tx1")},
	{"", true, 1, program("od", "-An", "-tx1")},
	{"escaped in a URL: a query, a path, a user", true, 0, url.QueryEscape},
	{"", true, 0, url.PathEscape},
	{"", true, 1, func(v string) string { return url.UserPassword("", v).String() }},
	{"", true, 0, func(v string) string { return strings.ToLower(url.QueryEscape(strings.ToLower(v))) }},
	{"", true, 0, python("urllib.parse.quote(v)")},
	{"escaped in JSON, also twice, with `\\uXXXX` of any of its characters", true, 0, func(v string) string { return inner(json.Marshal(v)) }},
	{"", true, 0, jsonPlain},
	{"", true, 0, func(v string) string { return jsonPlain(jsonPlain(v)) }},
	{"", true, 0, func(v string) string { return strings.ReplaceAll(jsonPlain(v), "/", `\/`) }},
	{"", true, 2, python("json.dumps(v)")},
	{"", true, 2, program("jq", "-R", ".")},
	{"", true, 0, func(v string) string { return units(v, `\u%04x`) }},
	{"", true, 0, func(v string) string { return units(v, `\u%04X`) }},
	{"escaped in HTML or XML, by names or numbers", true, 0, html.EscapeString},
	{"", true, 0, python("html.escape(v)")},
	{"", true, 0, func(v string) string {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;").Replace(v)
	}},
	{"", true, 0, func(v string) string {
		var b strings.Builder
		for _, r := range v {
			fmt.Fprintf(&b, "&#%d;", r)
		}
		return b.String()
	}},
	{"", true, 0, func(v string) string {
		var b strings.Builder
		for _, r := range v {
			fmt.Fprintf(&b, "&#x%X;", r)
		}
		return b.String()
	}},
	{"with doubled quotes (CSV, SQL), or `$`, `%`, `@`, `^` or braces", true, 0, func(v string) string { return strings.ReplaceAll(v, `"`, `""`) }},
	{"", true, 0, func(v string) string { return strings.ReplaceAll(v, `'`, `''`) }},
	{"", true, 0, func(v string) string { return strings.ReplaceAll(v, "$", "$$") }},
	{"as a literal of a programming language or a shell", true, 2, strconv.Quote},
	{"", true, 2, strconv.QuoteToASCII},
	{"", true, 2, python("repr(v)")},
	{"", true, 2, python("ascii(v)")},
	{"", true, 3, python("v.encode()")},
	{"", true, 2, python("shlex.quote(v)")},
	{"", true, 3, program("bash", "-c", `printf %q "$(cat)"`)},
	{"", true, 0, func(v string) string { return strings.ReplaceAll(v, `'`, `'\''`) }},
	{"all in capitals, or all in small letters (from 8 bytes on)", true, 0, strings.ToUpper},
	{"", true, 0, strings.ToLower},
	{"UTF-16, in either order of bytes", true, 0, func(v string) string { return utf16Of(v, false) }},
	{"", true, 0, func(v string) string { return utf16Of(v, true) }},

	{"fewer than its first 12 bytes, or a piece from its middle or end", false, 0, func(v string) string { return v[:11] }},
	{"", false, 0, func(v string) string { return v[1:] }},
	{"two transformations one after the other (base64 of base64), but for escapes around one", false, 0, func(v string) string { return encoded(encoded(v)) }},
	{"what is compressed, encrypted, reversed or hashed", false, 0, func(v string) string { b := []byte(v); slices.Reverse(b); return string(b) }},
	{"letters of which only some are in another case", false, 0, func(v string) string { return strings.ToUpper(v[:1]) + v[1:] }},
	{"base32 from within longer text, and base58, base85 and the like", false, 0, func(v string) string { return base32.StdEncoding.EncodeToString([]byte("u:" + v)) }},
	{"numbers that are not hexadecimal bytes: decimal lists, octal dumps, words of two bytes (`od` without `-tx1`, `od -c`)", false, 0, func(v string) string { return each(v, "%d, ") }},
	{"", false, 0, program("od")},
	{"", false, 0, program("od", "-c")},
	{"quoted-printable, and what is broken up by colours or by other text", false, 0, func(v string) string { return each(v, "=%02X") }},
	{"", false, 0, func(v string) string { return v[:3] + "\x1b[1m" + v[3:] }},
}

func TestMasker_MasksTheFormsOfTheTable(t *testing.T) {
	for _, value := range formValues {
		m := masker(value)
		for i, form := range formTable {
			text := form.make(value)
			if text == "" {
				t.Logf("row %d (%s) is not tried: its program is missing, or does not take the value", i, nameOf(i))
				continue
			}
			got := m.String(text)
			if !form.masked {
				if got != text {
					t.Errorf("row %d (%s) is masked: %q became %q", i, nameOf(i), text, got)
				}
				continue
			}
			left := strings.TrimSpace(strings.ReplaceAll(got, secret.Redacted, ""))
			if !strings.Contains(got, secret.Redacted) || len(left) > form.left {
				t.Errorf("row %d (%s): %q became %q", i, nameOf(i), text, got)
			}
		}
	}
}

// nameOf is the name of a row, which may be that of an earlier one.
func nameOf(row int) string {
	for formTable[row].name == "" {
		row--
	}
	return formTable[row].name
}

const (
	listBegin = "<!-- begin of the list of forms: written by go test -run Forms -update, in core/mask -->\n"
	listEnd   = "<!-- end of the list of forms -->\n"
)

// TestForms_AreThoseOfTheDocumentation checks the list in SECURITY.md, or with
// -update writes it.
func TestForms_AreThoseOfTheDocumentation(t *testing.T) {
	const path = "../../SECURITY.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), listBegin)
	_, after, ends := strings.Cut(rest, listEnd)
	if !begins || !ends {
		t.Fatalf("%s has no list of forms between its marks", path)
	}
	var masked, not strings.Builder
	for i := range formTable {
		if formTable[i].name == "" {
			continue
		}
		list := &not
		if formTable[i].masked {
			list = &masked
		}
		fmt.Fprintf(list, "- %s\n", formTable[i].name)
	}
	want := before + listBegin + "Masked:\n\n" + masked.String() + "\nNot masked:\n\n" + not.String() + listEnd + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s has another list of forms than the test; run in core/mask: go test -run Forms -update", path)
	}
}
