package doctor

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

var (
	given   = unlock.SourceStatus{Source: procenv.PasswordVariable, Kind: unlock.KindGiven}
	desktop = unlock.SourceStatus{Source: "OS keyring", Kind: unlock.KindKeyring, Lasting: true}
	kernel  = unlock.SourceStatus{Source: "kernel keyring", Kind: unlock.KindKeyring}
	unit    = unlock.SourceStatus{Source: "systemd credential", Kind: unlock.KindFallback}
	locked  = fmt.Errorf("%w: it was not unlocked", secret.ErrLocked)
)

func in(f unlock.SourceStatus, s unlock.State, err error) unlock.SourceStatus {
	f.State, f.Err = s, err
	return f
}

func TestRung_SaysHowBadItsStateIsAndWhatMendsIt(t *testing.T) {
	for name, c := range map[string]struct {
		found  unlock.SourceStatus
		missed bool
		want   status
		fix    string
	}{
		"nothing":                     {in(given, unlock.Empty, secret.ErrNotFound), true, ok, ""},
		"no such thing":               {in(desktop, unlock.Absent, secret.ErrUnsupported), true, ok, ""},
		"the password":                {in(desktop, unlock.Valid, nil), false, ok, ""},
		"a wrong one, given":          {in(given, unlock.Invalid, nil), false, failure, unset(procenv.PasswordVariable)},
		"a wrong one, kept":           {in(desktop, unlock.Invalid, nil), true, warning, setup},
		"a wrong one, of the unit":    {in(unit, unlock.Invalid, nil), true, warning, editUnit(runtime.GOOS)},
		"broken, given":               {in(given, unlock.Broken, secret.ErrUnavailable), false, failure, setup},
		"broken, another opens":       {in(desktop, unlock.Broken, secret.ErrUnavailable), false, warning, setup},
		"broken, none opens":          {in(desktop, unlock.Broken, secret.ErrUnavailable), true, failure, setup},
		"locked, another opens":       {in(desktop, unlock.Broken, locked), false, warning, unlock.DesktopCommand()},
		"locked, none opens":          {in(desktop, unlock.Broken, locked), true, failure, unlock.DesktopCommand()},
		"the store cannot be read":    {in(desktop, unlock.StoreUnreadable, secret.ErrCorrupt), true, failure, ""},
		"a person":                    {unlock.SourceStatus{State: unlock.Interactive}, false, ok, ""},
		"a password, and no store is": {in(given, unlock.Unverified, nil), false, ok, ""},
	} {
		if got := source(c.found, c.missed); got.Status != c.want || got.Fix != c.fix || got.Detail == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestEditUnit_OnlyWhereUnitsAre(t *testing.T) {
	for system, want := range map[string]string{"linux": "systemctl edit UNIT", "darwin": "", "windows": ""} {
		if got := editUnit(system); got != want {
			t.Errorf("%s: %q", system, got)
		}
	}
}

func TestOpening_OfADamagedStoreNamesNoCommand(t *testing.T) {
	damaged := survey(true, in(desktop, unlock.StoreUnreadable, fmt.Errorf("%w: cut off", secret.ErrCorrupt)))
	if got := opening(damaged, resolve.ProviderInfo{Step: 1}); got.Status != failure || got.Fix != "" {
		t.Errorf("%+v", got)
	}
	if got := opening(survey(true), resolve.ProviderInfo{Step: 1}); got.Fix != setup {
		t.Errorf("without a password: %+v", got)
	}
}

func TestRung_KernelKeyringForgetsAndTheOthersDoNot(t *testing.T) {
	const want = "has the password, and forgets it at the next reboot"
	if got := source(in(kernel, unlock.Valid, nil), false); got.Status != ok || got.Detail != want {
		t.Errorf("kernel keyring: %+v", got)
	}
	for _, f := range []unlock.SourceStatus{given, desktop, unit} {
		if got := source(in(f, unlock.Valid, nil), false); got.Detail != "has the password" {
			t.Errorf("%+v", got)
		}
	}
}

func survey(exists bool, findings ...unlock.SourceStatus) unlock.Diagnosis {
	return unlock.Diagnosis{Exists: exists, Sources: findings}
}

func TestOpening_MattersWhereTheChainNeedsTheStore(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"locked"})
	if err != nil {
		t.Fatal(err)
	}
	first := resolve.ProviderInfo{Provider: app.Encrypted, Step: 1}
	passed := resolve.ProviderInfo{Provider: app.Encrypted, Step: 1, On: rule}
	wrong := survey(true, in(given, unlock.Invalid, nil))
	nothing := survey(false, in(desktop, unlock.Absent, nil))
	for name, c := range map[string]struct {
		survey unlock.Diagnosis
		place  resolve.ProviderInfo
		want   status
	}{
		"opens":                      {survey(true, in(desktop, unlock.Valid, nil)), first, ok},
		"a person types":             {survey(true, unlock.SourceStatus{State: unlock.Interactive}), first, ok},
		"does not":                   {wrong, first, failure},
		"does not, only a scheme":    {wrong, resolve.ProviderInfo{Provider: app.Encrypted}, warning},
		"does not, the chain passes": {wrong, passed, warning},
		"does not, as the last step": {wrong, resolve.ProviderInfo{Step: 2, Last: true, On: rule}, failure},
		"cannot be read":             {survey(true, in(desktop, unlock.StoreUnreadable, secret.ErrDenied)), first, failure},
		"none yet":                   {survey(false, in(desktop, unlock.Empty, nil)), first, ok},
		"none, and no password":      {nothing, first, warning},
		"none, and none needed":      {nothing, resolve.ProviderInfo{}, ok},
	} {
		got := opening(c.survey, c.place)
		if got.Status != c.want || (got.Fix == setup) != (c.want != ok) || got.Detail == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOpening_KeyringThatIsOnlyLockedIsToBeUnlocked(t *testing.T) {
	got := opening(survey(true, in(desktop, unlock.Broken, locked)), resolve.ProviderInfo{Step: 1})
	if got.Status != failure || got.Fix != unlock.DesktopCommand() {
		t.Errorf("%+v", got)
	}
}
