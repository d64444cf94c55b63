package doctor

import (
	"context"
	"fmt"
	"runtime"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// passwordSources says what each source of the password has, and last whether the store
// opens.
func (e *examination) passwordSources(context.Context) []finding {
	diagnosis, err := e.diagnose()
	if err != nil {
		return []finding{{Subject: "password", Status: skipped, Detail: "the store's file cannot be used, see files"}}
	}
	outcome := opening(diagnosis, e.position(app.Encrypted))
	var findings []finding
	if g := e.app.Globals; g.PasswordFile == "" && g.PasswordFD < 0 {
		findings = append(findings, finding{Subject: "--password-file, --password-fd", Status: ok, Detail: "not given"})
	}
	for _, f := range diagnosis.Sources {
		findings = append(findings, source(f, outcome.Status == failure))
	}
	return append(findings, outcome)
}

// opening reports whether a command can open the store. It is not a failure if the
// chain does without the store, or continues past it.
func opening(diagnosis unlock.Diagnosis, p resolve.ProviderInfo) finding {
	by, opens := diagnosis.Outcome()
	found := finding{Subject: "store opens", Status: ok}
	switch {
	case opens && by.State == unlock.Interactive:
		found.Detail = "with a password that the user types"
	case opens && diagnosis.Exists:
		found.Detail = "with the password from " + named(by)
	case opens:
		found.Detail = "not created yet; its password will come from " + named(by)
	case !diagnosis.Exists && p.Step == 0:
		found.Detail = "not created, and the chain does not need it"
	case !diagnosis.Exists:
		found.Status, found.Fix = warning, remedy(diagnosis)
		found.Detail = "not created yet, and " + obstacle(by)
	default:
		found.Status, found.Fix = weight(p, secret.ClassOf(unopened(diagnosis))), remedy(diagnosis)
		found.Detail = "no: " + obstacle(by)
	}
	return found
}

// named is the name of a source within a sentence.
func named(f unlock.SourceStatus) string {
	if f.Kind == unlock.KindKeyring || f.Kind == unlock.KindFallback {
		return "the " + f.Source
	}
	return f.Source
}

// unopened is the error of a command that needs the store, if nothing opens it:
// secret.ErrUnavailable if a source is broken, as the chain returns it.
func unopened(diagnosis unlock.Diagnosis) error {
	if by, _ := diagnosis.Outcome(); by.State == unlock.StoreUnreadable {
		return by.Err
	}
	class := secret.ErrLocked
	for _, f := range diagnosis.Sources {
		if f.State == unlock.Broken {
			class = secret.ErrUnavailable
		}
	}
	return fmt.Errorf("%w: nothing opens its store, see ladder", class)
}

// remedy returns a command after which the store opens, if there is one. A password
// that thv generated is in no file, so the fix for a locked keyring is to unlock it.
func remedy(diagnosis unlock.Diagnosis) string {
	if by, _ := diagnosis.Outcome(); secret.ClassOf(by.Err) == secret.ClassCorrupt {
		return "" // no password opens a damaged file
	}
	for _, f := range diagnosis.Sources {
		if f.Kind == unlock.KindKeyring && secret.ClassOf(f.Err) == secret.ClassLocked {
			return unlock.DesktopCommand()
		}
	}
	return setup
}

// obstacle says why the source that decides has no password.
func obstacle(by unlock.SourceStatus) string {
	switch {
	case by.Source == "":
		return "nothing has its password"
	case by.State == unlock.StoreUnreadable:
		return "it cannot be read: " + by.Reason()
	case by.State == unlock.Invalid:
		return fmt.Sprintf("the password from %s, which is asked first, does not open it", named(by))
	}
	return fmt.Sprintf("%s, which is asked first, does not work", named(by))
}

// source returns the finding about f. A broken source is a failure if it is missed.
func source(f unlock.SourceStatus, missed bool) finding {
	found := finding{Subject: f.Source, Status: ok, Detail: f.Reason()}
	switch f.State {
	case unlock.Absent:
		found.Detail = "none here: " + f.Reason()
	case unlock.Interactive:
		found.Detail = "the user can be asked"
	case unlock.Unverified:
		found.Detail = "has a password, and there is no store yet"
	case unlock.Valid:
		found.Detail = "has the password" + remembers(f)
	case unlock.Invalid:
		found.Status, found.Fix = warning, wrongFix(f)
		found.Detail = "what it has does not open the store"
		if f.Kind == unlock.KindGiven {
			found.Status = failure
		}
	case unlock.Broken, unlock.StoreUnreadable:
		found.Status, found.Fix = warning, brokenFix(f)
		if missed || f.Kind == unlock.KindGiven || f.State == unlock.StoreUnreadable {
			found.Status = failure
		}
	}
	return found
}

func remembers(f unlock.SourceStatus) string {
	if f.Kind == unlock.KindKeyring && !f.Lasting {
		return ", and forgets it at the next reboot"
	}
	return ""
}

// editUnit corrects a systemd credential, which other systems do not have.
func editUnit(system string) string {
	if system != "linux" {
		return ""
	}
	return "systemctl edit UNIT"
}

func wrongFix(f unlock.SourceStatus) string {
	switch {
	case f.Source == procenv.PasswordVariable:
		return unset(procenv.PasswordVariable)
	case f.Kind == unlock.KindFallback:
		return editUnit(runtime.GOOS)
	}
	return setup
}

func brokenFix(f unlock.SourceStatus) string {
	switch {
	case f.State == unlock.StoreUnreadable:
		return ""
	case f.Kind == unlock.KindKeyring && secret.ClassOf(f.Err) == secret.ClassLocked:
		return unlock.DesktopCommand()
	case f.Kind == unlock.KindFallback:
		return editUnit(runtime.GOOS)
	}
	return setup
}
