package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

func step(name string, err error, on ...string) resolve.Step {
	s := resolve.Step{Provider: name, Open: func(context.Context) (provider.Provider, error) {
		return provider.None{}, err
	}}
	if len(on) > 0 {
		s.On, _ = fallback.ParseRule(on)
	}
	return s
}

// token is what the provider called 1password advises.
const token = "export TOKEN"

// described are the providers that the tests give to doctor, besides unknown ones.
var described = []app.Descriptor{
	{Name: app.Encrypted, Local: true}, {Name: "environment", Local: true}, {Name: app.None, Local: true},
	{Name: "keyring", Local: true},
	{
		Name: "1password", Unprepared: []secret.Class{secret.ClassLocked},
		Advice: map[secret.Class]string{secret.ClassLocked: token, secret.ClassDenied: token},
	},
}

// examine is an examination of a chain and schemes, and a survey of findings.
func examine(t *testing.T, c resolve.Config, diagnosis unlock.Diagnosis) *examination {
	t.Helper()
	r, err := resolve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &examination{
		app:      &app.App{Resolver: r, ConfigPath: "/config.yaml", Providers: &app.Providers{Descriptors: described}},
		diagnose: func() (unlock.Diagnosis, error) { return diagnosis, nil },
	}
}

// statuses are those of the findings, by subject.
func statuses(findings []finding) map[string]status {
	found := map[string]status{}
	for _, f := range findings {
		found[f.Subject] = f.Status
	}
	return found
}

func TestChain_ChecksEveryProviderAndNotOnlyTheFirst(t *testing.T) {
	e := examine(t, resolve.Config{
		Chain: []resolve.Step{
			step("none", nil), step("passed", secret.ErrUnavailable, "unavailable"), step("stops", secret.ErrUnavailable),
		},
		Schemes: map[string]resolve.Step{
			"op": step("1password", secret.ErrDenied), "k8s": step("k8s", secret.ErrUnsupported), "keyring": step("keyring", secret.ErrLocked),
		},
	}, unlock.Diagnosis{})
	want := map[string]status{
		"none": ok, "passed": warning, "stops": failure, // of the chain
		"1password": warning, "k8s": skipped, "keyring": warning, // not in use
	}
	findings := e.chain(t.Context())
	if diff := cmp.Diff(want, statuses(findings)); diff != "" {
		t.Error(diff)
	}
	for _, f := range findings {
		if f.Subject == "1password" && f.Fix != token {
			t.Errorf("%+v", f)
		}
	}
}

func TestChain_OnePasswordWithoutATokenMattersInTheChainOnly(t *testing.T) {
	locked := step("1password", secret.ErrLocked)
	for want, c := range map[status]resolve.Config{
		failure: {Chain: []resolve.Step{locked}},
		skipped: {Chain: []resolve.Step{step("none", nil)}, Schemes: map[string]resolve.Step{"op": locked}},
	} {
		if got := statuses(examine(t, c, unlock.Diagnosis{}).chain(t.Context()))["1password"]; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What another program says is no command that doctor advises.
func TestChain_NoProgramNamesACommand(t *testing.T) {
	evil := fmt.Errorf("%w: no; run: rm -rf ~", secret.ErrDenied)
	for name, c := range map[string]struct {
		err error
		fix string
	}{
		"program":   {evil, ""},
		"1password": {evil, token},
		"encrypted": {fmt.Errorf("%w: no; run: chmod 600 x", secret.ErrDenied), "chmod 600 x"},
		"missing":   {&app.MissingError{Path: "/x"}, "make install"},
		"typed":     {fixedError{evil}, "chmod go-w x"},
	} {
		subject := name
		if name == "missing" || name == "typed" {
			subject = "program"
		}
		e := examine(t, resolve.Config{Chain: []resolve.Step{step(subject, c.err)}}, unlock.Diagnosis{})
		if found := e.chain(t.Context())[0]; found.Fix != c.fix || found.Status != failure {
			t.Errorf("%s: %+v, want the fix %q", name, found, c.fix)
		}
	}
}

type fixedError struct{ error }

func (fixedError) Fix() string { return "chmod go-w x" }

func (e fixedError) Unwrap() error { return e.error }

func TestChain_OfflineSkipsWhatMayNeedTheNetwork(t *testing.T) {
	e := examine(t, resolve.Config{
		Chain:   []resolve.Step{step("1password", errors.New("asked")), step("environment", nil), step("encrypted", nil)},
		Schemes: map[string]resolve.Step{"keyring": step("keyring", nil), "k8s": step("k8s", errors.New("asked"))},
	}, unlock.Diagnosis{})
	e.offline = true
	want := map[string]status{"1password": skipped, "environment": ok, "encrypted": ok, "keyring": ok, "k8s": skipped}
	if diff := cmp.Diff(want, statuses(e.chain(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestChain_WithABrokenConfigurationIsNotKnown(t *testing.T) {
	e := examine(t, resolve.Config{
		Chain:   []resolve.Step{step("none", errors.New("asked"))},
		Schemes: map[string]resolve.Step{"keyring": step("keyring", nil)},
	}, unlock.Diagnosis{})
	e.configErr = errors.New("[1:1] broken")
	want := map[string]status{"none": skipped, "keyring": ok}
	if diff := cmp.Diff(want, statuses(e.chain(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestChain_EncryptedIsWhatTheSurveyFound(t *testing.T) {
	for name, c := range map[string]struct {
		survey unlock.Diagnosis
		want   status
		class  error
	}{
		"no store":       {survey(false), ok, nil},
		"opens":          {survey(true, in(desktop, unlock.Valid, nil)), ok, nil},
		"locked":         {survey(true, in(desktop, unlock.Invalid, nil)), failure, secret.ErrLocked},
		"broken":         {survey(true, in(desktop, unlock.Broken, secret.ErrDenied)), failure, secret.ErrUnavailable},
		"cannot be read": {survey(true, in(desktop, unlock.StoreUnreadable, fmt.Errorf("%w: cut off", secret.ErrCorrupt))), failure, secret.ErrCorrupt},
	} {
		e := examine(t, resolve.Config{Chain: []resolve.Step{step("encrypted", nil)}}, c.survey)
		got := e.chain(t.Context())[0]
		if got.Status != c.want || c.class != nil && !strings.HasPrefix(got.Detail, c.class.Error()) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestChain_EncryptedIsNotAskedItself(t *testing.T) {
	asked := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Fail(errors.New("asked")) }}
	open := func(context.Context) (provider.Provider, error) { return asked, nil }
	e := examine(t, resolve.Config{Chain: []resolve.Step{{Provider: "encrypted", Open: open}, {Provider: "another", Open: open}}},
		survey(true, in(desktop, unlock.Valid, nil)))
	want := map[string]status{"encrypted": ok, "another": failure}
	if diff := cmp.Diff(want, statuses(e.chain(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestChain_MistakesAreMendedWhereTheyAre(t *testing.T) {
	for text, want := range map[string]string{
		procenv.ProviderVariable + ` names the provider "x"`: unset(procenv.ProviderVariable),
		procenv.NoFallbackVariable + " is true or false":     unset(procenv.NoFallbackVariable),
		`secrets.chain, step 2, names the provider "x"`:      edit("/config.yaml"),
		`/a/config.yaml names the provider "x", which ...`:   "thv secret provider encrypted",
	} {
		e := examine(t, resolve.Config{Chain: []resolve.Step{step("encrypted", secret.Usagef("%s", text))}}, unlock.Diagnosis{})
		if got := e.chain(t.Context())[0]; got.Status != failure || got.Fix != want || got.Detail != text {
			t.Errorf("%+v", got)
		}
	}
}

func TestChain_ProvidersThatHangAreWaitedForSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		hangs := func(name string) resolve.Step {
			return resolve.Step{Provider: name, Open: func(context.Context) (provider.Provider, error) {
				<-end
				return nil, secret.ErrUnavailable
			}}
		}
		e := examine(t, resolve.Config{Chain: []resolve.Step{hangs("one"), hangs("two"), step("none", nil)}}, unlock.Diagnosis{})
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		want := map[string]status{"one": failure, "two": failure, "none": ok}
		if diff := cmp.Diff(want, statuses(e.chain(ctx))); diff != "" || ctx.Err() != nil {
			t.Errorf("%s%v", diff, ctx.Err())
		}
	})
}
