package onepassword

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/thv-secrets/thv/core/secret"
)

// readRefs are references with their parts.
var readRefs = map[string]reference{
	"op://vault/item/field":                          {vault: "vault", item: "item", field: "field"},
	"op://vault/item/section/field":                  {vault: "vault", item: "item", section: "section", field: "field"},
	"op://My Vault/a.b-c_d/one-time password":        {vault: "My Vault", item: "a.b-c_d", field: "one-time password"},
	"op://My%20Vault/%61/b":                          {vault: "My Vault", item: "a", field: "b"},
	"op://v/i/f?attribute=otp":                       {vault: "v", item: "i", field: "f", query: "attribute=otp"},
	"op://v/i/f?attribute=totp":                      {vault: "v", item: "i", field: "f", query: "attribute=totp"},
	"op://v/i/s/private key?ssh-format=openssh":      {vault: "v", item: "i", section: "s", field: "private key", query: "ssh-format=openssh"},
	"op://v/i/f?attribute=type":                      {vault: "v", item: "i", field: "f", query: "attribute=type"},
	"op://v/AWS%2Fprod%3F/f":                         {vault: "v", item: "AWS/prod?", field: "f"},
	"op://v/100%25/f":                                {vault: "v", item: "100%", field: "f"},
	"op://v/a%2Cb%40c/f":                             {vault: "v", item: "a,b@c", field: "f"},
	"op://K%C3%A4se/%E6%97%A5/f":                     {vault: "Käse", item: "日", field: "f"},
	"op://./../f":                                    {vault: ".", item: "..", field: "f"},
	"op://v/%2561/f":                                 {vault: "v", item: "%61", field: "f"},
	"op://v/" + strings.Repeat("n", 2000) + "/field": {vault: "v", item: strings.Repeat("n", 2000), field: "field"},
}

func TestRead_ReferencesAndTheirParts(t *testing.T) {
	for text, want := range readRefs {
		got, err := read(ref(t, text), "")
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(reference{})); err != nil || diff != "" {
			t.Errorf("%.60q: %v\n%s", text, err, diff)
		}
	}
}

// badRefs are references that are none, with a word of the reason.
var badRefs = map[string]string{
	"op://canary":                           "parts",
	"op://canary/item":                      "parts",
	"op://canary/a/b/c/d":                   "parts",
	"op://canary//field":                    "empty",
	"op:///canary/field":                    "empty",
	"op://canary/item/":                     "empty",
	"op://canary/item//field":               "empty",
	"op://canary/%20/field":                 "empty",
	"op://canary/it%zz/field":               "%25",
	"op://canary/it%/field":                 "%25",
	"op://canary/it%2/field":                "%25",
	"op://canary/it%0aem/field":             "clean",
	"op://canary/it%00em/field":             "clean",
	"op://canary/it%7Fem/field":             "clean",
	"op://canary/it%C2%85em/field":          "clean",
	"op://canary/it%ffem/field":             "clean",
	"op://canary/it(em)/field":              "percent-encoded",
	"op://canary/it,em/field":               "percent-encoded",
	"op://canary/käse/field":                "percent-encoded",
	"op://canary/a\u00a0b/field":            "percent-encoded",
	"op://canary/item/field#x":              "percent-encoded",
	"op://canary/item/field?":               "after ?",
	"op://canary/item/field?attribute":      "after ?",
	"op://canary/item/field?attribute=":     "after ?",
	"op://canary/item/field?attribute=OTP":  "after ?",
	"op://canary/item/field?attr=otp":       "after ?",
	"op://canary/item/field?ssh-format=pem": "after ?",
	"op://canary/i?tem/field":               "after ?",
	"op://canary/i/f?attribute=otp&x=y":     "after ?",
	"op://canary/i/f?attribute=otp?":        "after ?",
	"op://canary/i/f?attribute%3Dotp":       "after ?",
	"thv://canary/item/field":               "op://vault/item/field",
	"onepassword://canary/item/field":       "op://vault/item/field",
}

func TestRead_RefusesWhatIsNoneAndSaysWhy(t *testing.T) {
	for text, word := range badRefs {
		got, err := read(ref(t, text), "")
		if !errors.Is(err, secret.ErrInvalidRef) || got != (reference{}) {
			t.Errorf("%q is read: %v", text, err)
			continue
		}
		if !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %q does not say %q, or repeats the text", text, err, word)
		}
	}
}

func TestRead_OverLongAndControlCharactersAreRefusedBefore(t *testing.T) {
	for _, text := range []string{"op://v/" + strings.Repeat("n", secret.MaxRefLen) + "/f", "op://v/i\n/f", "op://v/i/f\x00", "OP://v/i/f"} {
		if _, err := secret.ParseRef(text); !errors.Is(err, secret.ErrInvalidRef) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestRead_BareNamesNeedAVault(t *testing.T) {
	if _, err := read(ref(t, "api-key"), ""); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("without a vault: %v", err)
	}
	got, err := read(ref(t, "api-key"), "My Vault")
	if err != nil || got.String() != "op://My Vault/api-key/credential" {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{"a/b", "a%2Fb", "käse", "a?b", "a@b"} {
		if _, err := read(ref(t, name), "My Vault"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// escape writes a name as a part of a reference.
func escape(name string) string {
	return strings.NewReplacer("+", "%2B", "&", "%26", "$", "%24", "=", "%3D", ":", "%3A", "@", "%40", "~", "%7E").Replace(url.PathEscape(name))
}

func FuzzRead(f *testing.F) {
	for text := range readRefs {
		f.Add(text)
	}
	for text := range badRefs {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		outer, err := secret.ParseRef(text)
		if err != nil {
			return
		}
		r, err := read(outer, "")
		if err != nil {
			class := secret.ClassOf(err)
			if class != secret.ClassInvalidRef && !outer.Bare() {
				t.Fatalf("%q: %v", text, err)
			}
			if r != (reference{}) || len(text) > 80 && strings.Contains(err.Error(), text) {
				t.Fatalf("%q: an error with a reference, or with the text", text)
			}
			return
		}
		encoded := "op://" + escape(r.vault) + "/" + escape(r.item) + "/"
		if r.section != "" {
			encoded += escape(r.section) + "/"
		}
		encoded += escape(r.field)
		if r.query != "" {
			encoded += "?" + r.query
		}
		if len(encoded) > secret.MaxRefLen {
			return
		}
		again, err := read(ref(t, encoded), "")
		if diff := cmp.Diff(r, again, cmp.AllowUnexported(reference{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%q is %q: %v\n%s", text, encoded, err, diff)
		}
		if r.plain() {
			if again, err := read(ref(t, r.String()), ""); err != nil && strings.TrimSpace(r.String()) == r.String() || err == nil && again != r {
				t.Fatalf("%q is sent as %q, which is another", text, r)
			}
		}
	})
}
