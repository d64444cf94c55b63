package inject_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/launchtest"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// entry is a server that needs a secret and a plain variable, and has a default.
var entry = inject.Entry{Server: "chat", Scope: "chat", Requirements: []workload.Requirement{
	{Name: "TOKEN", Required: true, Secret: true, Description: "of the account"},
	{Name: "URL", Required: true},
	{Name: "LEVEL", Required: true, Default: "info"},
}}

func prepared(t *testing.T, parts inject.Parts, spec *workload.Spec, options inject.PrepareOptions) *inject.Prepared {
	t.Helper()
	p, err := inject.Prepare(parts, spec, options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRequire_WhatIsMissingIsListedIfThereIsNoUser(t *testing.T) {
	t.Parallel()
	config := entry
	config.Server, config.Scope, config.Image = "", "", "example/chat:1"
	for name, c := range map[string]struct {
		user    *launchtest.User
		options inject.PrepareOptions
		want    []string
	}{
		"without a terminal": {&launchtest.User{}, inject.PrepareOptions{Container: true, Entry: entry},
			[]string{"chat needs what nothing supplies", "TOKEN (secret), of the account: --secret NAME,target=TOKEN", "URL: -e URL=VALUE"}},
		"detached, at a terminal": {&launchtest.User{Present: true}, inject.PrepareOptions{Container: true, Entry: entry, Detached: true}, []string{"--secret NAME,target=TOKEN"}},
		"of a RunConfig": {&launchtest.User{}, inject.PrepareOptions{Container: true, Entry: config},
			[]string{"image example/chat:1 needs", `"NAME,target=TOKEN" in secrets`, "URL in env_vars"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prepared(t, launchtest.Parts(t, c.user, nil), &workload.Spec{Image: "example/chat:1"}, c.options)
			_, err := p.Resolve(t.Context(), inject.CommandLineConsent)
			var unmet *inject.UnmetError
			if !errors.As(err, &unmet) || !errors.Is(err, secret.ErrUsage) || !slices.Equal(unmet.Missing(), []string{"TOKEN", "URL"}) {
				t.Fatalf("got %v, want a usage error about TOKEN and URL", err)
			}
			for _, text := range c.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("got %v, want %q in it", err, text)
				}
			}
			if asked := c.user.Asked(); len(asked) > 0 {
				t.Errorf("got the questions %q, want none", asked)
			}
		})
	}
}

func TestRequire_WhatIsMissingIsAskedForAndStored(t *testing.T) {
	t.Parallel()
	user := &launchtest.User{Present: true, Typed: map[string]string{"TOKEN (secret), of the account, not shown: ": "s3cret", "URL: ": "https://chat"}}
	parts := launchtest.Parts(t, user, nil)
	spec := workload.Spec{Image: "example/chat:1"}
	environment, err := prepared(t, parts, &spec, inject.PrepareOptions{Container: true, Entry: entry}).Resolve(t.Context(), inject.CommandLineConsent)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := environment.Strings(), []string{"LEVEL=info", "TOKEN=s3cret", "URL=https://chat"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	stored := secret.SystemPrefix + "chat_TOKEN"
	if len(spec.Secrets) != 1 || !strings.HasPrefix(spec.Secrets[0], stored) || spec.EnvVars["URL"] != "https://chat" || spec.EnvVars["TOKEN"] != "" {
		t.Errorf("got the secrets %q and variables %q, want the stored secret and the plain variable saved", spec.Secrets, spec.EnvVars)
	}
	// The next run finds it and asks for nothing.
	again := &launchtest.User{}
	parts.Dialog = again
	next := workload.Spec{Image: "example/chat:1", EnvVars: map[string]string{"URL": "https://chat"}}
	environment, err = prepared(t, parts, &next, inject.PrepareOptions{Container: true, Entry: entry}).Resolve(t.Context(), inject.CommandLineConsent)
	if err != nil || !slices.Contains(environment.Strings(), "TOKEN=s3cret") || len(again.Asked()) > 0 {
		t.Errorf("got %q, %v and the questions %q, want the stored secret", environment.Strings(), err, again.Asked())
	}
}

func TestPrepare_RefusesWhatUnlocksAProviderOrIsNotAllowed(t *testing.T) {
	t.Parallel()
	wants := func(r workload.Requirement) inject.PrepareOptions {
		return inject.PrepareOptions{Container: true, Entry: inject.Entry{Server: "chat", Scope: "chat", Requirements: []workload.Requirement{r}}}
	}
	for want, c := range map[string]struct {
		spec    workload.Spec
		options inject.PrepareOptions
	}{
		"unlocks a provider and is given to no workload": {workload.Spec{}, wants(workload.Requirement{Name: procenv.PasswordVariable, Required: true})},
		"a reference to a secret as a default":           {workload.Spec{}, wants(workload.Requirement{Name: "A", Default: "memory://api-key"})},
		"decides how programs start":                     {workload.Spec{}, wants(workload.Requirement{Name: "LD_PRELOAD", Required: true, Secret: true})},
		"secret parameter 1":                             {workload.Spec{Secrets: []string{"a,target=LD_PRELOAD"}}, inject.PrepareOptions{Container: true}},
		"a detached workload finds it again only":        {workload.Spec{EnvVars: map[string]string{"TOKEN": "plain"}}, inject.PrepareOptions{Container: true, Detached: true, Entry: entry}},
	} {
		_, err := inject.Prepare(launchtest.Parts(t, &launchtest.User{}, nil), &c.spec, c.options)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestResolve_ConsentComesFirst(t *testing.T) {
	t.Parallel()
	closed := 0
	parts := launchtest.Parts(t, &launchtest.User{}, map[string]string{"api-key": "v"})
	parts.Close = func() { closed++ }
	file := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(file, []byte("PLAIN=a\nFROM=memory://api-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := workload.Spec{Image: "example/web:1", Secrets: []string{"api-key,target=API_KEY"}, EnvFiles: []string{file}}
	p := prepared(t, parts, &spec, inject.PrepareOptions{Container: true})
	refusal := errors.New("no")
	var names []string
	_, err := p.Resolve(t.Context(), func(_ context.Context, items []access.Item) error {
		names = access.Names(items)
		return refusal
	})
	if !errors.Is(err, refusal) || p.Resolution() != nil || closed != 1 {
		t.Errorf("got %v, found %v, closed %d times; want the refusal before a provider is asked", err, p.Resolution(), closed)
	}
	for _, name := range []string{"api-key", "memory://api-key", "PLAIN"} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, name) }) {
			t.Errorf("got the items %q, want %s among them", names, name)
		}
	}
	environment, err := p.Resolve(t.Context(), inject.CommandLineConsent)
	if err != nil || !slices.Equal(environment.Strings(), []string{"API_KEY=v", "FROM=v", "PLAIN=a"}) {
		t.Errorf("got %q and %v, want all values", environment.Strings(), err)
	}
}

func TestResolve_EverySecretThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	spec := workload.Spec{Image: "example/web:1", Secrets: []string{"one,target=A", "two,target=B", "api-key,target=C"}}
	p := prepared(t, launchtest.Parts(t, &launchtest.User{}, map[string]string{"api-key": "v"}), &spec, inject.PrepareOptions{Container: true})
	_, err := p.Resolve(t.Context(), inject.CommandLineConsent)
	var missing *resolve.MissingError
	if !errors.As(err, &missing) || len(missing.Refs) != 2 {
		t.Fatalf("got %v, want one and two", err)
	}
	report, err := p.Explain(t.Context())
	if err != nil || report.ExitCode != 3 || len(report.Secrets) != 3 || report.Secrets[2].Fingerprint == "" || report.Secrets[0].Fingerprint != "" {
		t.Errorf("got %+v and %v, want the exit code 3 and a fingerprint for what there is", report, err)
	}
}

func TestExplain_HasNoValue(t *testing.T) {
	t.Parallel()
	spec := workload.Spec{Image: "example/web:1", Secrets: []string{"api-key,target=A"}}
	p := prepared(t, launchtest.Parts(t, &launchtest.User{Present: true}, map[string]string{"api-key": "hunter-two"}), &spec, inject.PrepareOptions{Container: true, Entry: entry})
	report, err := p.Explain(t.Context())
	if err != nil || !slices.Equal(report.Asks, []string{"TOKEN", "URL"}) || report.ExitCode != 0 {
		t.Errorf("got %+v and %v, want what a run asks for", report, err)
	}
	for _, row := range report.Secrets {
		for _, text := range []string{row.Reference, row.Fingerprint, row.Problem, report.Message} {
			if strings.Contains(text, "hunter-two") {
				t.Errorf("got the value in %q", text)
			}
		}
	}
}
