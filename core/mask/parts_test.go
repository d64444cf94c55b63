package mask

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/core/secret"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: minikube
clusters:
- name: minikube
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUMxemNjYUs5
users:
- name: admin
  user:
    token: k9s-Tz81hQw3
    password: "correct horse"
    # token: in-a-comment
`

const account = `{
  "type": "service_account",
  "list": [
    "one", true
  ],
  "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n",
  "nested": {"api_token": "zq-8841-plm", "url": "https://app:hunter2!x@db.example.com/x"}
}`

func TestMasker_MasksPartsOfAValue(t *testing.T) {
	tests := []struct {
		name, value   string
		masked, clear []string
	}{
		{"YAML", kubeconfig,
			[]string{"k9s-Tz81hQw3", "correct horse", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUMxemNjYUs5", encoded("k9s-Tz81hQw3")},
			[]string{"apiVersion: v1", "kind: Config", "current-context: minikube", "users:", "https://127.0.0.1:6443", "minikube", "- name: admin"}},
		{"JSON", account,
			[]string{"MIIEvQIBADANBgkqhkiG9w0BAQEF", "zq-8841-plm", "hunter2!x", "hunter2%21x"},
			[]string{`"list": [`, "{", "},", `"type": "service_account",`, "service_account", "-----BEGIN PRIVATE KEY-----", "db.example.com"}},
		{"env file", "# comment of it, not AbCd1234XyZw2\nDEBUG=true\nexport API_KEY='ab-cd-ef-gh' # mine\nDB=postgres://u:s3cr3t@h/db\nHOST=localhost\n",
			[]string{"ab-cd-ef-gh", "s3cr3t"},
			[]string{"DEBUG=true", "localhost", "postgres://u:", "# comment of it, not AbCd1234XyZw2"}},
		{"Kubernetes secret", "kind: Secret\ndata:\n  password: " + encoded("s3cr3t-V@lue-01") + "\n",
			[]string{"s3cr3t-V@lue-01", encoded("s3cr3t-V@lue-01")}, []string{"kind: Secret", "password"}},
		{"YAML without names that tell", "region: eu-west\nserial: AbCd1234XyZw9\n", []string{"AbCd1234XyZw9"}, []string{"region: eu-west", "serial"}},
		{"PEM", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nq3Xw9+ab/Q==\n-----END RSA PRIVATE KEY-----\n",
			[]string{"MIIEpAIBAAKCAQEA7"}, []string{"-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"}},
		{"URL", "postgresql://app:pw%2Ford9@db.example.com:5432/app?sslmode=require",
			[]string{"pw%2Ford9", "pw/ord9"}, []string{"postgresql://app:", "https://db.example.com/", "sslmode=require"}},
		{"URL without a password", "https://hooks.example.com/services/T0/B0/x9Qk2LmN7",
			[]string{"https://hooks.example.com/services/T0/B0/x9Qk2LmN7"}, []string{"https://hooks.example.com/", "https://hooks.example.com/docs"}},
		{"connection string", "Server=db.example.com;User=app;Password=n0t-easy;Timeout=30",
			[]string{"n0t-easy"}, []string{"Timeout=30", "User=app"}},
		{"lines", "first line has words only, which are many\nAbCd1234XyZw\nshort\n",
			[]string{"AbCd1234XyZw", "first line has words only, which are many"}, []string{"short"}},
	}
	for _, test := range tests {
		m := masker(test.value)
		for _, text := range append(test.masked, test.value) {
			if got := strings.TrimSpace(m.String("<" + text + ">")); got != "<"+secret.Redacted+">" && got != "<"+secret.Redacted+"\n>" {
				t.Errorf("%s: %q became %q", test.name, text, got)
			}
		}
		for _, text := range test.clear {
			if got := m.String(text); got != text {
				t.Errorf("%s: %q became %q", test.name, text, got)
			}
		}
	}
}

func TestMasker_ShortAndCommonValuesAreWholeWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := masker("true", "user", "5432", "postgres", "abc")
		const r = secret.Redacted
		for text, want := range map[string]string{
			"true": r, "a user.": "a " + r + ".", "users superuser user_id": "users superuser user_id", "port=5432,15432,54321": "port=" + r + ",15432,54321",
			"postgres://postgresql": r + "://postgresql", "TRUE abc": "TRUE abc", `{"a":true,"b":"true","c": 5432}`: `{"a":true,"b":"` + r + `","c": 5432}`, "[5432]": "[5432]",
		} {
			if got := m.String(text); got != want {
				t.Errorf("%q became %q, want %q", text, got, want)
			}
			var stream bytes.Buffer
			w := m.Writer(&stream)
			for i := range len(text) {
				_, _ = w.Write([]byte(text[i : i+1]))
			}
			if _ = w.Close(); stream.String() != want {
				t.Errorf("%q byte by byte became %q, want %q", text, stream.String(), want)
			}
		}
	})
}

func TestCoverageOf(t *testing.T) {
	for value, want := range map[string]Coverage{
		"": Full, "\n": Full, "abc": Unmasked, "abc\r\n": Unmasked, "true\n": WordsOnly, "5432": WordsOnly, "Postgres": WordsOnly, "PROD": WordsOnly,
		"12345678": Full, "abcdefghij": Full, "p4ss": Full, "a-bc": Full, "caMel": Full,
	} {
		if got := CoverageOf(secret.NewValue([]byte(value))); got != want {
			t.Errorf("%q: got %d, want %d", value, got, want)
		}
	}
}

// A number that is masked where it is all of a value of a JSON document leaves it
// one; anywhere else it becomes a mark as any other value.
func TestMasker_LeavesJSONValidWithANumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const r = secret.Redacted
		for _, value := range []string{"123456789012", "1234567890123456", "-12345678.25", "12345678e10"} {
			m := masker(value)
			for _, test := range []struct{ text, want string }{
				{`{"a":%,"b": %, "c":[%,%, %],"d":"%"}`, `{"a":0,"b": 0, "c":[0,0, 0],"d":"` + r + `"}`},
				{`{"a":{"b":%}}`, `{"a":{"b":0}}`},
				{`{"text":"call %, please"}`, `{"text":"call 0, please"}`},
				{"pin=% %\n%", "pin=" + r + " " + r + "\n" + r},
				{"a:%x, [%", "a:" + r + "x, [" + r},
			} {
				text, want := strings.ReplaceAll(test.text, "%", value), test.want
				if got := m.String(text); got != want {
					t.Errorf("%q became %q, want %q", text, got, want)
				}
				var stream bytes.Buffer
				w := m.Writer(&stream)
				for i := range len(text) {
					_, _ = w.Write([]byte(text[i : i+1]))
				}
				if _ = w.Close(); stream.String() != want {
					t.Errorf("%q byte by byte became %q, want %q", text, stream.String(), want)
				}
			}
		}
	})
}

// What is masked in a stream of JSON-RPC leaves valid JSON, whatever of a secret
// stands in its strings.
func TestMasker_LeavesJSONValid(t *testing.T) {
	for _, value := range append(formValues, kubeconfig, account, "a\"b\\c\nd9-e7f8\"", "-----BEGIN X-----\nMIIEpAIBAAKCAQEA7\n-----END X-----") {
		m := masker(value)
		for i, form := range formTable {
			text := form.make(value)
			message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 63, "result": map[string]any{"list": []any{text, true}, "text": "a " + text}})
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{string(message) + "\n", string(message) + "\n" + string(message) + "\n"} {
				got := m.String(line)
				for one := range strings.Lines(got) {
					if !json.Valid([]byte(one)) {
						t.Errorf("row %d (%s): %q became %q", i, nameOf(i), line, got)
					}
				}
				if strings.Count(got, "\n") != strings.Count(line, "\n") {
					t.Errorf("row %d (%s): lines were joined: %q", i, nameOf(i), got)
				}
			}
		}
	}
}
