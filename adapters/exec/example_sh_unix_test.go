//go:build unix

package exec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// files opens the document's example program over a folder of its own.
func files(t testing.TB) (p *Provider, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(documents, "example.sh"))
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	path := filepath.Join(filepath.Dir(program), "example.sh")
	if err := os.WriteFile(path, text, 0o700); err != nil {
		t.Fatal(err)
	}
	return open(t, Config{
		Name: "files", Scheme: "folder", Command: []string{path, folder}, Env: []string{"PATH=/usr/bin:/bin"},
	}), folder
}

func TestExample_InTheDocumentConforms(t *testing.T) {
	var folder string
	providertest.Run(t, providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			var p *Provider
			p, folder = files(t)
			return struct{ provider.Checker }{p} // it can do nothing else
		},
		Seed: func(t testing.TB, _ provider.Provider, ref secret.Ref, value secret.Value) {
			if err := os.WriteFile(filepath.Join(folder, ref.Path()), value.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Present:    []secret.Ref{ref(t, "api-key"), ref(t, "folder://käse & brot"), ref(t, "$HOME")},
		Missing:    ref(t, "missing"),
		Unreadable: []secret.Ref{ref(t, "folder://../a"), ref(t, "folder://a/b"), ref(t, `folder://a"b`), ref(t, `folder://a\b`)},
		Unholdable: []secret.Ref{ref(t, ".hidden"), ref(t, "a/b"), ref(t, `x" "op":"check`)},
		Break: func(t testing.TB, _ provider.Provider) {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestExample_InTheDocumentKnowsItsVersionAndItsLimits(t *testing.T) {
	p, _ := files(t)
	if err := p.Put(t.Context(), ref(t, "a"), secret.Value{}); !errors.Is(err, secret.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := p.session.call(t.Context(), protocol.Request{Op: "sing"}); !errors.Is(err, secret.ErrUnsupported) || !strings.Contains(err.Error(), "this program reads") {
		t.Error(err)
	}
}
