//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const password = "correct horse"

func TestPassword_PromptAsksThreeTimes(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"1", "2"} {
		t.Run("format"+format, func(t *testing.T) {
			s := newTerminalUser(t)
			s.vars["TOOLHIVE_SECRETS_PASSWORD"] = password
			if _, code := s.run("", "secret", "setup", "--provider", "encrypted", "--format", format); code != 0 {
				t.Fatalf("setup ends with %d", code)
			}
			if _, code := s.run("value", "secret", "set", "x"); code != 0 {
				t.Fatalf("set ends with %d", code)
			}
			s.run("", "secret", "reset-keyring", "--yes")
			delete(s.vars, "TOOLHIVE_SECRETS_PASSWORD")

			d := s.start("secret", "get", "x")
			for range 3 {
				d.sees("Password of the secrets store: ")
				d.types("wrong\n")
			}
			if code := d.ends(); code != 5 {
				t.Errorf("three wrong ones end with %d:\n%s", code, d.seen())
			}
			if text := d.seen(); strings.Contains(text, "reset-keyring") || !strings.Contains(text, "thv doctor") {
				t.Errorf("it advises:\n%s", text)
			}

			d = s.start("secret", "get", "x")
			d.sees("Password of the secrets store: ")
			d.types("wrong\n")
			d.sees("does not open the store; try again")
			d.sees("Password of the secrets store: ")
			d.types(password + "\n")
			d.sees("value")
			if code := d.ends(); code != 0 {
				t.Errorf("it ends with %d:\n%s", code, d.seen())
			}
		})
	}
}

func TestPassword_FileThatOthersCanReadIsRefused(t *testing.T) {
	s := newTerminalUser(t)
	delete(s.vars, "TOOLHIVE_SECRETS_PASSWORD")
	s.write("pw", password)
	pw := filepath.Join(s.folder, "pw")
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o644: 4, 0o640: 4, 0o400: 0} {
		if err := os.Chmod(pw, mode); err != nil {
			t.Fatal(err)
		}
		if _, code := s.run("value", "secret", "set", "x", "--password-file", pw); code != want {
			t.Errorf("mode %04o: exit code %d, want %d", mode, code, want)
		}
	}
}

func TestPassword_OfAStoreThatIsMadeIsNotShort(t *testing.T) {
	s := newTerminalUser(t)
	s.vars["TOOLHIVE_SECRETS_PASSWORD"] = "p"
	if _, code := s.run("value", "secret", "set", "x"); code != 2 {
		t.Errorf("the variable: exit code %d", code)
	}
	delete(s.vars, "TOOLHIVE_SECRETS_PASSWORD")
	d := s.start("secret", "setup", "--provider", "encrypted")
	d.sees("New password for the secrets store: ")
	d.types("p\n")
	d.sees("Repeat the password: ")
	d.types("p\n")
	d.sees("at least 8 characters")
	d.sees("New password for the secrets store: ")
	d.types(password + "\n")
	d.sees("Repeat the password: ")
	d.types(password + "\n")
	if code := d.ends(); code != 0 {
		t.Errorf("it ends with %d:\n%s", code, d.seen())
	}
}
