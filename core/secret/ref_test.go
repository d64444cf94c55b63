package secret

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseRef_ReadsNamesAndSchemes(t *testing.T) {
	for text, scheme := range map[string]string{
		"api-key": "", "käse": "", "with space": "", "a:b": "", "a/b": "", strings.Repeat("n", MaxNameLen): "",
		"op://vault/item/section/field": "op", "env://NAME": "env", "keyring://service/account": "keyring",
		"thv://my key": "thv", "k8s://ns/secret/key": "k8s", "a+b.c-d://x": "a+b.c-d", "x://a,b": "x", "op://__thv_v/i/f": "op", "env://__thv_x": "env", "x://y://z": "x",
		"x://" + strings.Repeat("p", MaxRefLen-4): "x",
	} {
		ref, err := ParseRef(text)
		if err != nil {
			t.Errorf("ParseRef(%q): got error %v, want none", text, err)
			continue
		}
		if ref.String() != text || ref.Scheme() != scheme || ref.Bare() != (scheme == "") || ref.System() {
			t.Errorf("%q is read as scheme %q, path %q", text, ref.Scheme(), ref.Path())
		}
	}
}

func TestParseRef_RefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{
		"", " a", "a ", "a,b", "a\nb", "a\x00b", "a\tb", "\u0085", "a\xff", "\u00a0a", strings.Repeat("n", MaxNameLen+1),
		"x://", "://x", "X://y", "1x://y", "-x://y", "a b://c", "x://y\n", "x://" + strings.Repeat("p", MaxRefLen-3),
		"__thv_scope_name", "thv://__thv_scope_name",
	} {
		ref, err := ParseRef(text)
		if !errors.Is(err, ErrInvalidRef) || ref != (Ref{}) {
			t.Errorf("%.40q is read as %v, %v", text, ref, err)
		}
	}
}

func TestSystemRef_IsOutOfAUsersReach(t *testing.T) {
	ref, err := SystemRef("registry", "github-token")
	if err != nil || ref.String() != "__thv_registry_github-token" || !ref.System() {
		t.Fatalf("SystemRef: got %v, %v, want __thv_registry_github-token", ref, err)
	}
	if again, err := ParseSystemRef(ref.String()); err != nil || again != ref {
		t.Errorf("read back as %v, %v", again, err)
	}
	if _, err := ParseRef(ref.String()); !errors.Is(err, ErrInvalidRef) {
		t.Errorf("a user reaches it: %v", err)
	}
	for _, bad := range [][2]string{{"", "x"}, {"x", ""}, {"a_b", "x"}, {"x", "a,b"}, {"x", "a\n"}} {
		if _, err := SystemRef(bad[0], bad[1]); !errors.Is(err, ErrInvalidRef) {
			t.Errorf("SystemRef(%q): got error %v, want ErrInvalidRef", bad, err)
		}
	}
	for _, text := range []string{"api-key", "thv://__thv_a_b", ""} {
		if _, err := ParseSystemRef(text); !errors.Is(err, ErrInvalidRef) {
			t.Errorf("%q is a system name: %v", text, err)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, text := range []string{"api-key", "op://v/i/f", "", " a", "x://", "://", "a,b", "__thv_a_b", "a\xff", "a+://b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseRef(text)
		if err == nil {
			again, err := ParseRef(ref.String())
			if err != nil || again != ref || ref.String() != text || ref.Path() == "" {
				t.Errorf("%q is read back as %v, %v", text, again, err)
			}
		} else if !errors.Is(err, ErrInvalidRef) {
			t.Errorf("%q: got error %v, want ErrInvalidRef", text, err)
		}
		const canary = "Hunter2-never-told"
		if _, err := ParseRef(text + canary); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error repeats the input: %q", err)
		}
		if _, err := ParseSystemRef(canary + text); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("the error repeats the input: %v", err)
		}
	})
}

func TestSegments_ArePercentDecoded(t *testing.T) {
	for text, want := range map[string][]string{
		"k8s://default/github/token": {"default", "github", "token"}, "k8s://a%2Fb//%c3%a9": {"a/b", "", "é"}, "name": {"name"},
	} {
		ref, err := ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ref.Segments(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
	ref, err := ParseRef("k8s://a/%zz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ref.Segments(); !errors.Is(err, ErrInvalidRef) || strings.Contains(err.Error(), "zz") {
		t.Errorf("got %v, want an invalid reference that is not repeated", err)
	}
}
