package filestore

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
)

func secretsOf(t *testing.T, list entries.List) map[string]string {
	t.Helper()
	all := map[string]string{}
	for e, err := range list.All() {
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Description) > 0 || e.Created != 0 || e.Updated != 0 {
			t.Fatalf("more than a name and a value: %+v", e)
		}
		all[string(e.Name)] = string(e.Value)
	}
	return all
}

var plaintexts1 = []string{
	`{"secrets":{}}`, `{"secrets":{"a":"1"}}`, `{"secrets":{"a":"1","b":"2"}}`, `{"secrets":{"b":"2","a":"1"}}`,
	`{"secrets":{"a":"1","a":"2"}}`, `{"secrets":null}`, `{}`, `null`, ``, `{"secrets":{"a":"1"}`, `{"secrets":{"a":"1"}}x`, `{"secrets":{"a":"1",}}`,
	`{"secrets":{"a":"\"\\\/\b\f\n\r\t"}}`, `{"secrets":{"\t":"\u003c\u00e4\u2028\u0000"}}`, `{"secrets":{"a":"\ud83d\ude00"}}`, `{"secrets":{"a":"\ud83d"}}`,
	`{"secrets":{"a":"\x"}}`, `{"secrets":{"a":"\u00G0"}}`, `{"secrets":{"a":"\u001"}}`, `{"secrets":{"a":"\u\u00100"}}`, "{\"secrets\":{\"a\":\"\n\"}}", "{\"secrets\":{\"a\":\"\xff\"}}",
	`{"secrets":{"":""}}`, `{"secrets":{"a":1}}`, `{"secrets":{"a":null}}`, `{"Secrets":{"a":"1"}}`, `{"secrets":{"a":"1"},"other":1}`, `{"secrets": {"a":"1"}}`, `{"secrets":{"a":"1"}} `,
}

// What scan1 takes, encoding/json decodes the same.
func FuzzScan1(f *testing.F) {
	for _, text := range plaintexts1 {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		before := bytes.Clone(plain)
		list, ok := scan1(plain)
		if !bytes.Equal(plain, before) {
			t.Fatal("the plaintext is changed")
		}
		if !ok {
			return
		}
		var p plaintext1
		if err := json.Unmarshal(plain, &p); err != nil {
			t.Fatalf("taken, and is not JSON: %v", err)
		}
		if got := secretsOf(t, list); !maps.Equal(got, p.Secrets) {
			t.Errorf("%q, and encoding/json says %q", got, p.Secrets)
		}
	})
}

// What encoding/json writes, scan1 takes, but for what is not in Unicode's first plane
// and written as an escape.
func FuzzScan1_TakesWhatIsWritten(f *testing.F) {
	f.Add("api-key", "value", "z", "<&>\u2028\x00\"\\\t")
	f.Add("a\tb", "", " ", "ключ \U0001f600")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		plain, err := json.Marshal(plaintext1{Secrets: map[string]string{name1: value1, name2: value2}})
		if err != nil {
			t.Fatal(err)
		}
		var want plaintext1
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		list, ok := scan1(plain)
		if len(want.Secrets) < 2 || !ok && !bytes.Equal(plain, bytes.ToValidUTF8(plain, nil)) {
			return
		}
		if !ok {
			// Names that were not UTF-8 are no longer in order.
			if decoded, err := decode1(plain); err != nil || !maps.Equal(secretsOf(t, decoded), want.Secrets) {
				t.Errorf("%q: got error %v or other secrets, want the same secrets", plain, err)
			}
			return
		}
		if got := secretsOf(t, list); !maps.Equal(got, want.Secrets) {
			t.Errorf("%q, written %q", got, want.Secrets)
		}
	})
}

func TestDecode1_DecidesAsEncodingJSON(t *testing.T) {
	for _, text := range plaintexts1 {
		var want plaintext1
		wantErr := json.Unmarshal([]byte(text), &want)
		list, err := decode1([]byte(text))
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %v, and encoding/json %v", text, err, wantErr)
			continue
		}
		if err == nil && !maps.Equal(secretsOf(t, list), want.Secrets) {
			t.Errorf("%q: got %q, want the secrets of encoding/json", text, list)
		}
	}
}
