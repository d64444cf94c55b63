package secret

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseBinding_ReadsEveryForm(t *testing.T) {
	for param, want := range map[string]string{
		"api-key":                                    "api-key,target=API_KEY",
		"käse":                                       "käse,target=K_SE",
		"a,target=B":                                 "a,target=B",
		"op://v/i/f,target=TOKEN":                    "op://v/i/f,target=TOKEN",
		"thv://my key,target=KEY":                    "thv://my key,target=KEY",
		"a,target=/run/secrets/a":                    "a,target=/run/secrets/a",
		"a,target=/run/secrets/a,mode=0400":          "a,target=/run/secrets/a",
		"a,target=/run/a b,mode=0444":                "a,target=/run/a b,mode=0444",
		"a,mode=0440,target=/x":                      "a,target=/x,mode=0440",
		"env://A,target=_1":                          "env://A,target=_1",
		"x.y/z:w,target=" + strings.Repeat("A", 300): "x.y/z:w,target=" + strings.Repeat("A", 300),
	} {
		b, err := ParseBinding(param)
		if err != nil || b.String() != want {
			t.Errorf("%q is read as %q, %v; want %q", param, b, err, want)
		}
	}
}

func TestParseBinding_RefusesWithoutTheText(t *testing.T) {
	for _, param := range []string{
		"", ",target=Hunter2", "Hunter2=value", "Hunter2 x", "Hunter2,", "Hunter2,target=", "Hunter2,target", "Hunter2,target=A,target=B",
		"Hunter2,other=x", "Hunter2,target=Hunter2'x", "Hunter2,target=#A", "Hunter2,target=A=B", "Hunter2,target=A\n", "Hunter2,target=A\x00",
		"Hunter2,target=A,mode=0400", "Hunter2,target=/", "Hunter2,target=/a/../b", "Hunter2,target=/a/", "Hunter2,target=a/b",
		"Hunter2,target=/a,mode=999", "Hunter2,target=/a,mode=0200", "Hunter2,target=/a,mode=1777", "Hunter2,target=/a,mode=", "Hunter2,target=/a\nb",
		"op://Hunter2/i/f", "1Hunter2", "__thv_a_Hunter2,target=A", "Hunter2\n,target=A", "x://Hunter2 ,target=A",
	} {
		b, err := ParseBinding(param)
		if !errors.Is(err, ErrInvalidRef) || b != (Binding{}) {
			t.Errorf("%q is read as %q, %v", param, b, err)
			continue
		}
		if strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%q is repeated in %q", param, err)
		}
	}
}

func TestParseBindings_ReportsAllErrorsByPosition(t *testing.T) {
	_, err := ParseBindings([]string{"a", "Hunter2=x", "b,target=A", "c,target=/x", "d,target=/x", "e,target="})
	if !errors.Is(err, ErrInvalidRef) {
		t.Fatal(err)
	}
	for _, want := range []string{"parameter 2", "secret parameter 3: invalid reference: parameter 1 has the same target", "secret parameter 5: invalid reference: parameter 4", "parameter 6"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "Hunter2") {
		t.Errorf("got %q, want an error without the value", err)
	}
	bindings, err := ParseBindings([]string{"b", "a,target=/x"})
	if err != nil || len(bindings) != 2 || bindings[0].Target.Env != "B" || bindings[1].Target.Path != "/x" {
		t.Errorf("got %v, %v, want the targets B and /x", bindings, err)
	}
}

func TestReservedTarget_CaseDoesNotCount(t *testing.T) {
	for _, name := range []string{"PATH", "Path", "HOME", "LD_PRELOAD", "ld_x", "DYLD_INSERT_LIBRARIES", "TOOLHIVE_SECRETS_PASSWORD", "OP_SERVICE_ACCOUNT_TOKEN"} {
		if !ReservedTarget(name) {
			t.Errorf("%s is not reserved", name)
		}
	}
	for _, name := range []string{"API_KEY", "PATHS", "MY_LD_X", "TOKEN", ""} {
		if ReservedTarget(name) {
			t.Errorf("%s is reserved", name)
		}
	}
	if !slices.IsSorted(reservedNames) {
		t.Error("the list is not sorted")
	}
}

func FuzzParseBinding(f *testing.F) {
	for _, param := range []string{"api-key", "a,target=B", "a,target=/x,mode=0400", "op://v/i/f,target=A", "a=b", ",", "a,target=A,target=B", "1"} {
		f.Add(param)
	}
	f.Fuzz(func(t *testing.T, param string) {
		b, err := ParseBinding(param)
		if err == nil {
			again, err := ParseBinding(b.String())
			if err != nil || again != b {
				t.Errorf("%q is written as %q, which is read as %q, %v", param, b, again, err)
			}
			if (b.Target.Env == "") == (b.Target.Path == "") || b.Target.Env != "" && !ValidContainerEnvName(b.Target.Env) {
				t.Errorf("%q has the target %+v", param, b.Target)
			}
		} else if !errors.Is(err, ErrInvalidRef) {
			t.Errorf("%q: got error %v, want ErrInvalidRef", param, err)
		}
		const canary = "Hunter2-never-told"
		for _, with := range []string{param + canary, canary + param} {
			if _, err := ParseBinding(with); err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error repeats the input: %q", err)
			}
		}
	})
}

func TestParseSystemBindings_TakesTheSystemsNamesToo(t *testing.T) {
	params := []string{"__thv_a/b%5F_API_KEY,target=API_KEY", "api-key,target=OTHER"}
	got, err := ParseSystemBindings(params)
	if err != nil || len(got) != 2 || got[0].String() != params[0] || !got[0].Ref.System() || got[1].String() != params[1] {
		t.Errorf("ParseSystemBindings: got %v, %v, want %q", got, err, params)
	}
	if _, err := ParseBindings(params); !errors.Is(err, ErrInvalidRef) || !strings.Contains(err.Error(), "secret parameter 1: ") {
		t.Errorf("a user's: %v", err)
	}
	for _, param := range []string{"thv://__thv_a_B,target=C", "__thv_a_B,target=C,target=D", "__thv_a=B,target=C", "__thv_a_B,target="} {
		if _, err := ParseSystemBindings([]string{param}); !errors.Is(err, ErrInvalidRef) {
			t.Errorf("%s: got error %v, want ErrInvalidRef", param, err)
		}
	}
}
