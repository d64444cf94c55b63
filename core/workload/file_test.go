package workload

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func fileEnvironment(t *testing.T) Environment {
	t.Helper()
	e := environment(t)
	for _, name := range []string{"/run/secrets/z", "/run/secrets/a"} {
		if err := e.SetFile(name, 0o440, secret.NewValue([]byte(canary+name))); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestFiles_AreSortedAndAmongTheSecrets(t *testing.T) {
	e := fileEnvironment(t)
	var got []string
	for _, f := range e.Files() {
		got = append(got, fmt.Sprintf("%s %v %s", f.Path, f.Mode, f.Content.Bytes()[len(canary):]))
	}
	if want := []string{"/run/secrets/a -r--r----- /run/secrets/a", "/run/secrets/z -r--r----- /run/secrets/z"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var secrets []string
	for _, value := range e.Secrets() {
		secrets = append(secrets, string(value.Bytes()))
	}
	if want := []string{canary, canary + "/run/secrets/a", canary + "/run/secrets/z"}; !slices.Equal(secrets, want) {
		t.Errorf("%d secrets", len(secrets))
	}
	if got := e.Names(); !slices.Equal(got, []string{"KEY", "PLAIN"}) {
		t.Errorf("a file is among the variables: %q", got)
	}
}

func TestFile_PrintsNoSecret(t *testing.T) {
	e := fileEnvironment(t)
	f := e.Files()[0]
	type outer struct {
		Shown  File
		hidden File
		behind *File
		env    Environment
	}
	var printed bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, x := range []any{f, &f, e, &e, outer{f, f, &f, e}, &outer{f, f, &f, e}, []File{f}, map[string]*File{"f": &f}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			fmt.Fprintf(&printed, verb+"\n", x)
		}
		log.Info("run", "file", x)
		if text, err := json.Marshal(x); err == nil {
			printed.Write(text)
			t.Errorf("%T is marshalled to JSON", x)
		}
		if text, err := xml.Marshal(x); err == nil {
			printed.Write(text)
		}
		_ = gob.NewEncoder(&printed).Encode(x)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(printed.String(), form) {
			t.Errorf("a secret is printed as %q in\n%s", form, &printed)
		}
	}
	for _, part := range []string{"file /run/secrets/a of mode 0440", "environment of [KEY PLAIN], files [/run/secrets/a /run/secrets/z]"} {
		if !strings.Contains(printed.String(), part) {
			t.Errorf("%q is not printed", part)
		}
	}
}

func TestSetFile_RefusesWhatIsNoFile(t *testing.T) {
	value := secret.NewValue([]byte(canary))
	for name, c := range map[string]struct {
		path  string
		mode  fs.FileMode
		value secret.Value
		class error
	}{
		"too long":          {"/run/secrets/a", 0o400, secret.NewValue(bytes.Repeat([]byte(canary), MaxFile/len(canary)+1)), secret.ErrTooLarge},
		"write-only":        {"/run/secrets/a", 0o200, value, ErrInvalidSpec},
		"set-user-ID":       {"/run/secrets/a", 0o400 | fs.ModeSetuid, value, ErrInvalidSpec},
		"a system's folder": {"/etc/a", 0o400, value, ErrInvalidSpec},
		"inside a file":     {"/run/secrets/there/a", 0o400, value, ErrInvalidSpec},
		"around a file":     {"/run", 0o400, value, ErrInvalidSpec},
	} {
		var e Environment
		if err := e.SetFile("/run/secrets/there", 0o400, value); err != nil {
			t.Fatal(err)
		}
		err := e.SetFile(c.path, c.mode, c.value)
		if !errors.Is(err, c.class) || len(e.Files()) != 1 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v, want %v and no further file", name, err, c.class)
		}
	}
}

func TestSetFile_TakesTheLongestAndReplaces(t *testing.T) {
	var e Environment
	for _, size := range []int{MaxFile, 0} {
		if err := e.SetFile("/run/secrets/a", 0o400, secret.NewValue(make([]byte, size))); err != nil {
			t.Fatal(err)
		}
		if got := e.Files(); len(got) != 1 || got[0].Content.Len() != size {
			t.Errorf("got %v, want one file of %d bytes", got, size)
		}
	}
}

func TestCheckFiles_SaysWhichFolderToChoose(t *testing.T) {
	good := [][]string{
		nil, {"/run/secrets/a"}, {"/secrets/a", "/secrets/b"}, {"/run/secrets/a", "/run/secrets/b/c"},
		{"/etc/myapp/key"}, {"/home/me/.config/key"}, {"/libexec/a"}, {"/run/secrets/a", "/run/secrets/ab"},
	}
	for _, paths := range good {
		if err := CheckFiles(paths); err != nil {
			t.Errorf("CheckFiles(%q): got error %v, want none", paths, err)
		}
	}
	bad := map[string][]string{
		"/run/secrets/a": {
			"/a", "/etc/a", "/bin/a", "/usr/a", "/usr/local/share/app/a", "/lib/a", "/lib64/a", "/sbin/a", "/dev/a", "/dev/shm/a",
			"/proc/a", "/proc/self/a", "/sys/a", "/tmp/a", "/var/a", "/run/a", "/root/a", "/home/a", "/etc/ssl/certs/a", "/.thv/a",
		},
		"not absolute and clean": {"a", "", "/", "/run/../a", "/run//a", "/run/a/", "/run/a\n", "./run/a"},
	}
	for says, paths := range bad {
		for _, path := range paths {
			err := CheckFiles([]string{path})
			if !errors.Is(err, ErrInvalidSpec) || !strings.Contains(err.Error(), says) {
				t.Errorf("CheckFiles(%q): got %v, want ErrInvalidSpec: %s", path, err, says)
			}
		}
	}
	for _, pair := range [][]string{{"/s/a", "/s/a"}, {"/s/a/b", "/s/a"}, {"/s/a", "/s/a-", "/s/a/b"}} {
		if err := CheckFiles(pair); !errors.Is(err, ErrInvalidSpec) {
			t.Errorf("CheckFiles(%q): got %v, want ErrInvalidSpec", pair, err)
		}
	}
}
