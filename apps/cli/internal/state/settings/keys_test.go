package settings

import (
	"strings"
	"testing"
)

func TestLoad_AKeyBelowSecretsThatWasMeantForThvIsAnError(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"mistyped":           {"secrets:\n  provider_typ: none\n", `[2:3] secrets: unknown field "provider_typ"; did you mean "provider_type"?`},
		"another writing":    {"secrets:\n  ProviderType: none\n", `did you mean "provider_type"?`},
		"with dashes":        {"secrets:\n  provider-type: none\n", `did you mean "provider_type"?`},
		"a letter too many":  {"secrets:\n  chains: [environment]\n", `did you mean "chain"?`},
		"on, misplaced":      {"secrets:\n  chain: [encrypted]\n  on: [locked]\n", `[3:3] secrets: unknown field "on"; on belongs in an entry of secrets.chain`},
		"registry_path":      {"secrets:\n  registry_path: x\n", "registry_path belongs in the top of the file"},
		"command, misplaced": {"secrets:\n  command: [x]\n", "command belongs in secrets.providers.NAME"},
		"in a step":          {"secrets:\n  chain:\n    - {provider: encrypted, om: [locked]}\n", `[3:29] secrets.chain: unknown field "om"; there are provider, on`},
		"a name with a rule": {"secrets:\n  chain:\n    - encrypted: {on: [locked]}\n", `[3:7] secrets.chain: unknown field "encrypted"; there are provider, on`},
		"in a flow mapping":  {"secrets: {provider_typ: none}\n", `[1:11] secrets: unknown field "provider_typ"`},
		"in 1Password's":     {"secrets:\n  onepassword: {valt: x}\n", `did you mean "vault"?`},
		"more than one":      {"secrets:\n  provider_typ: none\n  chian: []\n", `"chian"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(write(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLoad_OtherKeysBelowSecretsAreNotes(t *testing.T) {
	for text, want := range map[string]string{
		"secrets:\n  provider_type: none\n  setup_completed: true\n": "",
		"provider_typ: none\non: x\nsecrets: {}\n":                   "",
		"secrets:\n  rotation_policy: weekly\n":                      `[2:3] secrets: unknown field "rotation_policy" is ignored`,
		"secrets:\n  x: {on: 1, comand: 2}\n  kind: 1\n":             `[2:3] secrets: unknown field "x" is ignored [3:3] secrets: unknown field "kind" is ignored`,
	} {
		got, err := Load(write(t, text))
		if err != nil || strings.Join(got.Notes, " ") != want {
			t.Errorf("%q: %q, %v", text, got.Notes, err)
		}
	}
}
