package envfile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/workload"
)

// What is read is where links lead, and that is told.
func TestRead_TellsWhereLinksLead(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(top, name) }
	if err := os.MkdirAll(at("files"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one.env", "two.env", "files/a.env"} {
		if err := os.WriteFile(at(name), []byte(filepath.Base(name[:len(name)-4])+"=1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"link.env": "one.env", "files/b.env": "../two.env", "directory": "files"} {
		if err := os.Symlink(target, at(link)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	got, err := Reader{Environ: procenv.New(nil)}.Read(workload.Spec{EnvFiles: []string{at("link.env"), at("one.env")}, EnvFileDir: at("directory")})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"link.env": "one.env", "one.env": "one.env", "directory": "files"} {
		if got.Leads[at(path)] != at(want) {
			t.Errorf("%s leads to %s", path, got.Leads[at(path)])
		}
	}
	if !slices.Equal(got.Linked, []string{at("two.env")}) || got.Dir["two"] != "1" || got.Files[0]["one"] != "1" {
		t.Errorf("%+v", got)
	}
}
