package exec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// A program that knows no batches says of a single reference what is from memory.
func TestGetAll_OfOneCarriesCachedOfAGet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.txt")
	session := `> {"id":1,"op":"hello","versions":[1],"scheme":"memory"}
< {"id":1,"version":1,"name":"p","capabilities":[]}
> {"id":2,"op":"get","ref":"a"}
< {"id":2,"value":"SHVudGVyMg==","cached":true}
> {"id":3,"op":"get","ref":"b"}
< {"id":3,"error":{"class":"denied","message":"no"}}
`
	if err := os.WriteFile(path, []byte(session), 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, config("script", path))
	results, err := p.GetAll(t.Context(), []secret.Ref{ref(t, "a")})
	if err != nil || !results[0].Cached || string(results[0].Value.Bytes()) != "Hunter2" {
		t.Errorf("%v, %v", results, err)
	}
	results, err = p.GetAll(t.Context(), []secret.Ref{ref(t, "b")})
	if err != nil || secret.ClassOf(results[0].Err) != secret.ClassDenied || results[0].Cached {
		t.Errorf("%v, %v", results, err)
	}
	if _, err := p.GetAll(t.Context(), []secret.Ref{ref(t, "a"), ref(t, "b")}); secret.ClassOf(err) != secret.ClassUnsupported {
		t.Errorf("two: %v", err)
	}
}
