package secret

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func fingerprinter(t *testing.T, key string) Fingerprinter {
	t.Helper()
	f, err := NewFingerprinter([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFingerprint_TellsTheSameAndNothingElse(t *testing.T) {
	f := fingerprinter(t, strings.Repeat("k", 32))
	a, b := Ref{path: "a"}, Ref{path: "b"}
	one, two := NewValue([]byte("one")), NewValue([]byte("two"))
	if f.Of(a, one) != f.Of(a, NewValue([]byte("one"))) {
		t.Error("the same secret has two fingerprints")
	}
	for what, other := range map[string]string{
		"another value":     f.Of(a, two),
		"another reference": f.Of(b, one),
		"another key":       fingerprinter(t, strings.Repeat("l", 32)).Of(a, one),
	} {
		if other == f.Of(a, one) {
			t.Errorf("%s has the same fingerprint", what)
		}
	}
	if f.Of(Ref{path: "ab"}, NewValue([]byte("c"))) == f.Of(Ref{path: "a"}, NewValue([]byte("bc"))) {
		t.Error("where the reference ends does not count")
	}
	if got := f.Of(a, one); len(got) != 2*fingerprintBytes {
		t.Errorf("%q is not %d bytes", got, fingerprintBytes)
	}
}

func TestFingerprinter_RefusesAShortKeyAndPrintsNone(t *testing.T) {
	if _, err := NewFingerprinter(bytes.Repeat([]byte("k"), 31)); err == nil {
		t.Error("a key of 31 bytes is taken")
	}
	key := []byte("canary-" + strings.Repeat("k", 32))
	f, err := NewFingerprinter(key)
	if err != nil {
		t.Fatal(err)
	}
	before := f.Of(Ref{path: "a"}, Value{})
	copy(key, "overwritten")
	if f.Of(Ref{path: "a"}, Value{}) != before {
		t.Error("the key is the caller's slice")
	}
	if text := fmt.Sprintf("%v %+v %#v", f, f, f); strings.Contains(text, "canary") {
		t.Error("the key is printed")
	}
}
