package workload

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestUnprotected_IsHonouredOrNamed(t *testing.T) {
	for text, want := range map[string]struct {
		network string
		fields  []string
	}{
		`{"isolate_network": true}`: {"", []string{"isolate_network"}},
		`{"isolate_network": false, "oidc_config": null, "tools_filter": [], "audit_config": {}, "authz_config_path": ""}`: {},
		`{"permission_profile": {"name": "none"}, "isolate_network": true}`:                                                {"none", nil},
		`{"permission_profile": {"network": {"mode": "none"}}}`:                                                            {"none", nil},
		`{"permission_profile": {"network": {"outbound": {"insecure_allow_all": false}}}}`:                                 {"none", nil},
		`{"permission_profile": {"network": {"outbound": {"insecure_allow_all": true}}}}`:                                  {},
		`{"permission_profile": {"name": "network"}}`:                                                                      {},
		`{"permission_profile": {"network": {"outbound": {"allow_host": ["a"]}}}}`:                                         {"", []string{"permission_profile"}},
		`{"permission_profile": {"name": "none"}, "transport": "sse"}`:                                                     {"", []string{"permission_profile"}},
		`{"permission_profile": {"name": "none"}, "network": "host"}`:                                                      {"host", []string{"permission_profile"}},
		`{"permission_profile": 3}`:                           {"", []string{"permission_profile"}},
		`{"permission_profile_name_or_path": "none"}`:         {"none", nil},
		`{"permission_profile_name_or_path": "/p.json"}`:      {"", []string{"permission_profile_name_or_path"}},
		`{"Isolate_Network": true, "isolate_network": false}`: {"", []string{"isolate_network"}},
		`{"Permission_Profile": {"name": "none"}}`:            {"none", nil},
		`{"oidc_config": {"issuer": "x"}, "authz_config": {"a": 1}, "tools_filter": ["a"], "audit_config": {"a": 1}}`: {"", []string{"audit_config", "authz_config", "oidc_config", "tools_filter"}},
	} {
		spec, err := ReadSpec(strings.NewReader(text))
		if err != nil {
			t.Fatal(text, err)
		}
		spec.Honour()
		if got := spec.Unprotected(); spec.Network != want.network || !slices.Equal(got, want.fields) {
			t.Errorf("%s: network %q and not honoured %v, want %+v", text, spec.Network, got, want)
		}
		if err := spec.CheckProtection(nil); (err != nil) != (len(want.fields) > 0) || err != nil && !errors.Is(err, ErrInvalidSpec) {
			t.Errorf("%s: got error %v, want ErrInvalidSpec if there are fields: %q", text, err, want.fields)
		}
		if err := spec.CheckProtection(want.fields); err != nil {
			t.Errorf("%s, ignored: %v", text, err)
		}
	}
}

// A protection that is asked for later was not ignored.
func TestIgnore_TakesOnlyWhatIsAskedFor(t *testing.T) {
	read := func(text string) Spec {
		spec, err := ReadSpec(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	for _, field := range []string{"isolate_network", "nonsense", ""} {
		spec := read(`{"oidc_config": {"a": 1}}`)
		if err := spec.Ignore("oidc_config", field); !errors.Is(err, ErrInvalidSpec) || !strings.Contains(err.Error(), "those are: oidc_config") {
			t.Errorf("Ignore(%q): got %v, want an error that lists oidc_config", field, err)
		}
	}
	spec := read(`{"oidc_config": {"a": 1}, "audit_config": {"a": 1}, "ignored_fields": ["audit_config", "isolate_network"]}`)
	if err := spec.Ignore("oidc_config"); err != nil || !slices.Equal(spec.Ignored, []string{"audit_config", "oidc_config"}) {
		t.Errorf("got %v, %v", spec.Ignored, err)
	}
}

func TestUnheeded_LeavesOutTheHarmless(t *testing.T) {
	spec, err := ReadSpec(strings.NewReader(`{"group": "a", "debug": true, "later": 1, "nothing": null, "isolate_network": true}`))
	if got := spec.Unheeded(); err != nil || !slices.Equal(got, []string{"later"}) {
		t.Error(got, err)
	}
}

func TestValidate_NamesTheField(t *testing.T) {
	for field, change := range map[string]func(*Spec){
		"image: it is a URL":          func(s *Spec) { s.Image = "npx://server" },
		"image: it is not an image":   func(s *Spec) { s.Image = "Upper/Case" },
		"volumes[1]: it has a colon":  func(s *Spec) { s.Volumes = []string{"/a:/b", "a:/c:ro:extra"} },
		"volumes[1]: it has the path": func(s *Spec) { s.Volumes = []string{"/a:/b", "/c:/b/"} },
		"publish[0]: it is not":       func(s *Spec) { s.Publish = []string{"a:b"} },
		"publish[0]: it cannot":       func(s *Spec) { s.Publish, s.Network = []string{"80"}, "none" },
		"user: ":                      func(s *Spec) { s.User = "a b" },
		"cpus: ":                      func(s *Spec) { s.CPUs = -1 },
		"port: it goes with":          func(s *Spec) { s.Port = 80 },
		"restart_policy: it is no, on-failure or always": func(s *Spec) { s.Restart = "maybe" },
		"network: ":               func(s *Spec) { s.Network = "a b" },
		"workdir: ":               func(s *Spec) { s.Workdir = "relative" },
		"cmd_args[0]: ":           func(s *Spec) { s.Command = []string{"\x00"} },
		"container_labels: ":      func(s *Spec) { s.Labels = map[string]string{"": ""} },
		"pull: an image's ID can": func(s *Spec) { s.Image, s.Pull = strings.Repeat("0a", 32), "always" },
	} {
		spec := Spec{Image: "localhost:5000/a/b:1.2"}
		if err := spec.Validate(); err != nil {
			t.Fatal(err)
		}
		change(&spec)
		var fault *FieldError
		if err := spec.Validate(); !errors.As(err, &fault) || !errors.Is(err, ErrInvalidSpec) || !strings.HasPrefix(err.Error(), field) {
			t.Errorf("%s is said of it: %v", field, err)
		}
	}
}
