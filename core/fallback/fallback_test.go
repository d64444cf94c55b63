package fallback

import (
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// classes are all classes of package secret except success.
var classes = []secret.Class{
	secret.ClassNotFound, secret.ClassDenied, secret.ClassLocked, secret.ClassUnavailable, secret.ClassInvalidRef,
	secret.ClassUnsupported, secret.ClassCorrupt, secret.ClassTooLarge, secret.ClassConflict, secret.ClassTimeout,
	secret.ClassCanceled, secret.ClassUsage, secret.ClassOther,
}

func TestRule_ZeroGoesOnForAbsenceOnly(t *testing.T) {
	for _, class := range append(classes, secret.ClassOK, "unheard-of") {
		if got := (Rule{}).Continues(class); got != (class == secret.ClassNotFound) {
			t.Errorf("after %s: got %t, want %t", class, got, !got)
		}
	}
}

func TestClasses_OfTheZeroRuleIsAbsence(t *testing.T) {
	if got := (Rule{}).Classes(); !slices.Equal(got, []secret.Class{secret.ClassNotFound}) {
		t.Errorf("got %v, want [not-found]", got)
	}
}

func TestTable_HasEveryClassOnce(t *testing.T) {
	rows := Table()
	if len(rows) != len(classes) {
		t.Errorf("got %d rows, want %d", len(rows), len(classes))
	}
	for _, class := range classes {
		i := slices.IndexFunc(rows, func(r Row) bool { return r.Class == class })
		if i < 0 {
			t.Errorf("%s is missing", class)
			continue
		}
		_, err := ParseRule([]string{string(class)})
		want := Row{class, rows[i].Meaning, class == secret.ClassNotFound, err == nil}
		if rows[i] != want || want.Meaning == "" {
			t.Errorf("got %+v, want %+v", rows[i], want)
		}
	}
}

func TestParseRule_GoesOnForExactlyWhatItNames(t *testing.T) {
	for _, names := range [][]string{{"not-found"}, {"not-found", "unavailable"}, {"timeout"}, {"locked", "locked"}} {
		rule, err := ParseRule(names)
		if err != nil {
			t.Errorf("ParseRule(%q): got error %v, want none", names, err)
		}
		for _, class := range classes {
			if got := rule.Continues(class); got != slices.Contains(names, string(class)) || got != slices.Contains(rule.Classes(), class) {
				t.Errorf("%q after %s: got %t, want %t", names, class, got, !got)
			}
		}
	}
}

func TestParseRule_RefusesWithTheValidNames(t *testing.T) {
	for _, names := range [][]string{nil, {}, {"ok"}, {"canceled"}, {"usage"}, {"other"}, {"not-found", "Hunter2"}, {""}, {"Not-Found"}} {
		rule, err := ParseRule(names)
		if err == nil {
			t.Errorf("%q is accepted", names)
			continue
		}
		if rule.Continues(secret.ClassUnavailable) || !strings.Contains(err.Error(), "not-found, denied, locked, unavailable") {
			t.Errorf("ParseRule(%q): got %v, want an error that lists the classes", names, err)
		}
		if strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%q repeats the text", err)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	f.Add("not-found,unavailable")
	f.Add("ok")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		names := strings.Split(text, ",")
		rule, err := ParseRule(names)
		for _, class := range classes {
			switch {
			case err == nil && rule.Continues(class) != slices.Contains(names, string(class)):
				t.Errorf("ParseRule(%q): got the wrong decision for %s", names, class)
			case rule.Continues(secret.ClassCanceled), rule.Continues(secret.ClassUsage), rule.Continues(secret.ClassOther), rule.Continues(secret.ClassOK):
				t.Errorf("%q goes on for what may not", names)
			}
		}
		_, again := ParseRule(append(names, "Hunter2-never-told"))
		if again == nil || strings.Contains(again.Error(), "Hunter2") {
			t.Errorf("an unknown class: %v", again)
		}
	})
}
