package suggest

import "testing"

func TestNearest_OnlyWhatResembles(t *testing.T) {
	for word, want := range map[string]string{
		"chan": "chain", "__chain___": "chain", "--chain---": "chain", "chhainn": "chain", "chaiiinn": "", "PROVIDER-TYPE": "provider_type", "provider-typ": "provider_type", "chain_": "chain", "chin": "chain", "Chain": "chain", "change": "", "i": "", "": "", "fallback": "", "providertype": "provider_type", "nn": "on", "x": "", "ab": "", "listenport": "Listen-Port",
	} {
		if got := Nearest(word, []string{"chain", "provider_type", "on", "Listen-Port"}); got != want {
			t.Errorf("%q: %q", word, got)
		}
	}
}

func TestVerb(t *testing.T) {
	workloads := []string{"doctor", "exec", "explain", "list", "logs", "restart", "rm", "run", "start", "status", "stop"}
	secrets := []string{"delete", "get", "list", "reset-keyring", "set"}
	for _, c := range []struct {
		word  string
		verbs []string
		want  string
	}{
		{"ps", workloads, "list"}, {"ls", workloads, "list"}, {"lst", workloads, "list"}, {"exce", workloads, "exec"}, {"runn", workloads, "run"},
		{"remove", workloads, "rm"}, {"remove", secrets, "delete"}, {"rm", secrets, "delete"}, {"ls", secrets, "list"}, {"add", secrets, "set"},
		// Mistyped, what destroys is nothing to guess.
		{"r", workloads, ""}, {"rn", workloads, "run"}, {"mr", workloads, ""}, {"rmm", workloads, ""}, {"delte", secrets, ""}, {"reset-keyrin", secrets, ""},
		{"sk-canary", workloads, ""},
	} {
		got := SameUse(c.word, c.verbs)
		if got == "" {
			got = Verb(c.word, c.verbs)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.word, got, c.want)
		}
	}
}
