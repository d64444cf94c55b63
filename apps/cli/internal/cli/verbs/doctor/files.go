package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/ownfile"
)

// files checks the configuration file and what the encrypted store is made of, by
// the rules that their readers keep to.
func (e *examination) files(ctx context.Context) []finding {
	findings := []finding{e.configuration(), e.fingerprints()}
	files, err := e.app.Vault.Files()
	if err != nil {
		return append(findings, failed("store", failure, err, ""))
	}
	for _, f := range files {
		findings = append(findings, e.storeFile(ctx, f))
	}
	return findings
}

func (e *examination) configuration() finding {
	path := string(e.app.ConfigPath)
	err := e.configErr
	if errors.As(err, new(*ownfile.Error)) {
		return failed("configuration", failure, err, "") // whose text another user may have written
	}
	if err != nil {
		return failed("configuration", failure, err, edit(path))
	}
	if len(e.configNotes) > 0 {
		return finding{Subject: "configuration", Status: warning, Detail: path + ": " + strings.Join(e.configNotes, "; "), Fix: edit(path)}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		path += " is not there, so the defaults hold"
	}
	return finding{Subject: "configuration", Status: ok, Detail: path}
}

// fingerprints checks the key that thv explain needs. thv explain creates a missing
// one.
func (e *examination) fingerprints() finding {
	const subject = "fingerprint key"
	path := string(e.app.FingerprintPath)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return finding{Subject: subject, Status: ok, Detail: path + " is made when it is needed"}
	}
	if _, err := e.app.Fingerprints(); err != nil {
		return finding{Subject: subject, Status: warning, Detail: err.Error(), Fix: fmt.Sprintf("rm %q", path)}
	}
	return finding{Subject: subject, Status: ok, Detail: path}
}

// subjects name the store's parts.
var subjects = map[string]string{"folder": "store folder", "file": "store", "lock": "store lock"}

func (e *examination) storeFile(ctx context.Context, f vault.File) finding {
	subject := subjects[f.Part]
	switch {
	case f.Err != nil:
		return failed(subject, failure, f.Err, "")
	case f.Part == "file":
		return e.store(ctx, subject, f.Exists)
	case !f.Exists:
		return finding{Subject: subject, Status: ok, Detail: f.Path + " is made when it is needed"}
	case f.Part == "folder" && !writable(f.Path):
		return finding{Subject: subject, Status: warning, Detail: f.Path + " cannot be written, so secrets can be read and not stored",
			Fix: fmt.Sprintf("chmod u+w %q", f.Path)}
	}
	return finding{Subject: subject, Status: ok, Detail: f.Path}
}

// store is what the store's file shows without a password. An error of its directory is
// the directory's finding.
func (e *examination) store(ctx context.Context, subject string, there bool) finding {
	info, err := e.app.Vault.Describe(ctx)
	if err != nil {
		return failed(subject, failure, err, "")
	}
	if there && !info.Exists {
		return finding{Subject: subject, Status: warning,
			Detail: info.Path + " is empty, which is as no store: the next thv secret set makes a new one; if it held secrets, restore it from a backup first"}
	}
	detail := info.Path + " is made by the first thv secret set"
	if info.Exists {
		detail = fmt.Sprintf("%s, format %d", info.Path, info.Format)
	}
	if len(info.Slots) > 0 {
		detail += ", opens by " + strings.Join(info.Slots, ", ")
	}
	return finding{Subject: subject, Status: ok, Detail: detail}
}
