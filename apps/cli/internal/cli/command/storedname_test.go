package command

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/secret"
)

func TestShownName_QuotesWhatCannotBeGivenAsItIs(t *testing.T) {
	for name, want := range map[string]string{
		"api-key": "api-key", "with space": "with space", "ключ": "ключ",
		"a\tb": `"a\tb"`, "a\nb": `"a\nb"`, "a ": `"a "`, " a": `" a"`, "a,b": `"a,b"`, "": `""`, `"a"`: `"\"a\""`, `a\b`: `a\b`,
		"http://x": `"http://x"`, "\x1b[31m": `"\u001b[31m"`, "a\u202eb": `"a\u202eb"`, "\u009b": `"\u009b"`, "\x7f": `"\u007f"`,
	} {
		if got := ShownName(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
}

func FuzzShownName(f *testing.F) {
	f.Add("api-key")
	f.Add("\"\\\t\U000e0001\u2028")
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			return
		}
		shown := ShownName(name)
		if strings.ContainsFunc(shown, unprintable) {
			t.Errorf("%q can drive a terminal", shown)
		}
		if !strings.HasPrefix(shown, `"`) {
			if ref, err := secret.ParseRef(name); shown != name || err == nil && !ref.Bare() {
				t.Errorf("%q is shown as %q", name, shown)
			}
			return
		}
		var back string
		if err := json.Unmarshal([]byte(shown), &back); err != nil || back != name {
			t.Errorf("%q is shown as %s, which is read as %q: %v", name, shown, back, err)
		}
	})
}
