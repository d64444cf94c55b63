//go:build unix

package runconfig

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// saved is a Store with one RunConfig and one grant, and its folder.
func saved(t *testing.T) (*Store, string) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	s := New(state)
	if err := errors.Join(s.save("web", workload.Spec{Image: "example/web"}), s.Grant("example/web", []string{"api-key"})); err != nil {
		t.Fatal(err)
	}
	return s, state
}

func TestStore_RefusesWhatAnotherUserOwns(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	reads := map[string]func(s *Store, state string) error{
		"load":   func(s *Store, _ string) error { _, err := s.Load("web"); return err },
		"read":   func(s *Store, state string) error { _, err := s.Read(state+"/runconfigs/web.json", nil); return err },
		"grants": func(s *Store, _ string) error { _, err := s.Ungranted("example/web", secrets("api-key")); return err },
	}
	for name, c := range map[string]struct {
		gives string
		reads []string
	}{
		"the file":           {"/runconfigs/web.json", []string{"load", "read"}},
		"its folder":         {"/runconfigs", []string{"load", "read"}},
		"the grants":         {"/grants.json", []string{"grants"}},
		"the folder of both": {"", []string{"load", "read", "grants"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, state := saved(t)
			for how, read := range reads {
				if err := read(s, state); err != nil {
					t.Errorf("%s, before: %v", how, err)
				}
			}
			if err := os.Lchown(state+c.gives, 12345, 12345); err != nil {
				t.Fatal(err)
			}
			for _, how := range c.reads {
				var usage *secret.UsageError
				if err := reads[how](s, state); !errors.As(err, &usage) || !strings.Contains(err.Error(), "belongs to user 12345") || strings.Contains(err.Error(), "chown") {
					t.Errorf("%s: %v", how, err)
				}
			}
		})
	}
}

func TestRead_OfARunConfigThatOthersCouldChangeIsRefused(t *testing.T) {
	s, _ := saved(t)
	folder := filepath.Join(t.TempDir(), "shared")
	path := filepath.Join(folder, "web.json")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"image": "example/web"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(path, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{{path, 0o602}, {folder, 0o707}} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		var usage *secret.UsageError
		if _, err := s.Read(path, nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), "--from-config") || !strings.Contains(err.Error(), "chmod go-w "+c.path) {
			t.Errorf("%s: %v", c.path, err)
		}
		if err := os.Chmod(c.path, c.mode&0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRead_OfAPipe(t *testing.T) {
	s, _ := saved(t)
	path := filepath.Join(t.TempDir(), "pipe")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := writer.WriteString(`{"image": "example/web"}`); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if err := os.Symlink("/dev/fd/"+number(reader), path); err != nil {
		t.Fatal(err)
	}
	if given, err := s.Read(path, nil); err != nil || given.Spec.Image != "example/web" {
		t.Errorf("%+v, %v", given, err)
	}
}

func number(file *os.File) string { return strconv.FormatUint(uint64(file.Fd()), 10) }
