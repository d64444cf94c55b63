package secret

import (
	"strings"
	"testing"
)

func TestParseBinding_AsksForATargetIfTheNameSaysNone(t *testing.T) {
	for _, name := range []string{"ключ", "___", "...", "1password", "a-ключ", "пароль2", "鍵の値-ab"} {
		if b, err := ParseBinding(name); err == nil || !strings.Contains(err.Error(), "target=ENV") {
			t.Errorf("ParseBinding(%q): got %v, %v, want an error that suggests target=ENV", name, b, err)
		}
		if b, err := ParseBinding(name + ",target=KEY"); err != nil || b.Target.Env != "KEY" {
			t.Errorf("%q with a target: %v, %v", name, b, err)
		}
	}
}

func TestParseBinding_NamesTheSchemeForANameWithASpace(t *testing.T) {
	if _, err := ParseBinding("bad name,target=X"); err == nil || !strings.Contains(err.Error(), "thv://") {
		t.Errorf("the error is %v", err)
	}
	if b, err := ParseBinding("thv://bad name,target=X"); err != nil || b.Target.Env != "X" {
		t.Errorf("got %v, %v, want the target X", b, err)
	}
}
