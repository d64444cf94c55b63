package mask

import (
	"encoding/base32"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	// short is no secret by its looks, so that only its name tells what it is.
	short  = "k9-T8h"
	canary = "canary-9f3a7b21c4"
)

// TestMasker_TakesAPartByEachNameThatTells has each word in a longer name.
func TestMasker_TakesAPartByEachNameThatTells(t *testing.T) {
	for _, name := range []string{"token", "secret", "pass", "pwd", "credential", "key", "auth", "private", "cookie", "dsn", "jwt", "bearer", "signature"} {
		m := masker("kind: x\nMY_" + strings.ToUpper(name) + "_1: " + short + "\nregion: eu-w-1\n")
		for text, want := range map[string]string{short: secret.Redacted, "eu-w-1": "eu-w-1"} {
			if got := m.String(text); got != want {
				t.Errorf("%s: %q became %q, want %q", name, text, got, want)
			}
		}
	}
}

// TestMasker_ReadsPartsOfALine has one rule in each row: what of value is masked by
// itself, and what stays.
func TestMasker_ReadsPartsOfALine(t *testing.T) {
	for name, test := range map[string]struct{ value, masked, clear string }{
		"comment behind slashes": {"// AbCd1234XyZw2\ntoken: " + short, short, "// AbCd1234XyZw2"},
		"colon without a blank":  {"a: 1\nid:AbCd1234XyZw", "id:AbCd1234XyZw", "AbCd1234XyZw"},
		"padding is no value":    {"a: 1\nMIIEpAIBAAKCAQEA7Q==", "MIIEpAIBAAKCAQEA7Q==", "a: 1"},
		"comma behind a value":   {"a: 1\ntoken: " + short + ",", short, "token: "},
		"comment behind a value": {"a: 1\ntoken: " + short + " # mine", short, " # mine"},
		"escape in quotes":       {"a: 1\npassword: \"x\\\"y-z9\"", `x"y-z9`, "password: "},
		"number of JSON":         {`{"api_key": 123456789012, "port": 123456789013}`, "123456789012", "123456789013"},
		"letters of both cases":  {"a: 1\nAbCdEfGhIjKlMnOp", "AbCdEfGhIjKlMnOp", "a: 1"},
		"small letters":          {"token: " + short + "\nconfigurationfile", short, "configurationfile"},
		"few words":              {"token: " + short + "\nconfiguration-of-production server", short, "configuration-of-production server"},
		"few letters":            {"token: " + short + "\nin a b c d", short, "in a b c d"},
		"query, first":           {"https://h.example/a=1?token=" + short, short, "https://h.example/"},
		"query, later":           {"https://h.example/a?b=1&token=" + short, short, "https://h.example/"},
		"fields with blanks":     {"host=db password=" + short + " user=app", short, "user=app"},
		"user without password":  {"https://" + short + "@h.example/a", short, "h.example"},
	} {
		m := masker(test.value)
		if got := m.String(test.masked); got != secret.Redacted {
			t.Errorf("%s: %q became %q, want it masked", name, test.masked, got)
		}
		if got := m.String(test.clear); got != test.clear {
			t.Errorf("%s: %q became %q, want it as it is", name, test.clear, got)
		}
	}
}

// TestMasker_ReadsEveryCharacterThatIsDoubled has those of SECURITY.md.
func TestMasker_ReadsEveryCharacterThatIsDoubled(t *testing.T) {
	for _, c := range "\"'`$%@^{}" {
		text := "k" + strings.Repeat(string(c), 2) + "9f3a7b21c4"
		if got := masker("k" + string(c) + "9f3a7b21c4").String(text); got != secret.Redacted {
			t.Errorf("%q became %q, want it masked", text, got)
		}
	}
}

func TestMasker_ReadsEveryLetterBehindABackslash(t *testing.T) {
	for c, letter := range map[string]string{"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\a": "a", "\v": "v", "\x1b": "e", "\x00": "0"} {
		text := "k\\" + letter + "-9f3a7b21c4"
		if got := masker("k" + c + "-9f3a7b21c4").String(text); got != secret.Redacted {
			t.Errorf("%q became %q, want it masked", text, got)
		}
	}
}

func TestMasker_ReadsEveryPrefixOfAByteBehindASeparator(t *testing.T) {
	for _, prefix := range []string{"0x", "0X", `\x`, `\\x`, "%%"} {
		text := strings.TrimSuffix(each(canary, prefix+"%02x, "), ", ")
		if got := masker(canary).String(text); !strings.HasSuffix(got, secret.Redacted) || len(got) > len(prefix+secret.Redacted) {
			t.Errorf("%q became %q, want all of it masked but the first prefix", text, got)
		}
	}
}

func TestMasker_ReadsADumpInAString(t *testing.T) {
	text := `00000000: 6361 6e61 7279 2d39 6633 6137 6232 3163  canary-9f3a7b21c\n00000010: 34                                       4\nend`
	want := "00000000: " + secret.Redacted + `\nend`
	if got := masker(canary).String(text); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMasker_TakesOtherLettersFromEightBytesOn(t *testing.T) {
	for value, masked := range map[string]bool{"aB3-dE7": false, "aB3-dE7x": true} {
		m := masker(value)
		for _, text := range []string{strings.ToLower(value), strings.ToUpper(value)} {
			if got := m.String(text); (got == secret.Redacted) != masked || !masked && got != text {
				t.Errorf("%s: %q became %q, want masked: %v", value, text, got, masked)
			}
		}
	}
}

// TestMasker_LeavesTheDigitsOfAnotherValue changes a character that the value decides.
func TestMasker_LeavesTheDigitsOfAnotherValue(t *testing.T) {
	m := masker(canary)
	text := base32.StdEncoding.EncodeToString([]byte(canary))
	at := strings.IndexAny(text[:12], "234567")
	other := text[:at] + string("234567"[(text[at]-'2'+1)%6]) + text[at+1:]
	if got := m.String(other); got != other {
		t.Errorf("%q became %q, want it as it is", other, got)
	}
	whole := base64.RawStdEncoding.EncodeToString([]byte(canary))
	last := len(whole) - 1
	text = whole[:last] + strings.Map(func(c rune) rune { return c ^ 0x20 }, whole[last:]) + "!" // of the other case
	if got := m.String(text); got != secret.Redacted+text[last:] {
		t.Errorf("%q became %q, want its last character left", text, got)
	}
}
