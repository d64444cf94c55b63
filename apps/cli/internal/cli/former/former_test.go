package former

import "testing"

func TestFlag_TheLongerBeginningCounts(t *testing.T) {
	for name, want := range map[string]string{
		"remote-auth-client-id": noRemote, "oidc-issuer": noProxy, "tools": noProxy, "tools-override": noProxy, "toolset": "",
		"proxy-port": flags["proxy-port"], "proxy": flags["proxy"], "host": flags["host"], "hostname": "", "remote": "", "name": "", "": "",
	} {
		if got := Flag(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestVerb_IsOfItsGroup(t *testing.T) {
	if Verb("thv", "search") == "" || Verb("thv secret", "search") != "" || Verb("thv", "logs") != "" {
		t.Error("a verb is not known, or known elsewhere")
	}
}
