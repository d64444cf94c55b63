package doctor

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// setup gives the encrypted store its password again, and keeps it.
const setup = "thv secret setup --password-file FILE"

// told splits err into what is wrong and the command that fixes it, which errors of
// this program name after "run: ".
func told(err error) (detail, fix string) {
	detail, fix, found := strings.Cut(said(err), "run: ")
	if !found {
		return detail, ""
	}
	fix, _, _ = strings.Cut(fix, "\n")
	return strings.TrimRight(detail, " ;,"), fix
}

// said is the text of err without the provider, which the finding names itself.
func said(err error) string {
	var carrier *secret.Error
	if errors.As(err, &carrier) && carrier.Ref == (secret.Ref{}) {
		err = carrier.Err
	}
	return err.Error()
}

// failed is a finding of err; otherwise is the fix if err names none.
func failed(subject string, s status, err error, otherwise string) finding {
	detail, fix := told(err)
	if fix == "" {
		fix = otherwise
	}
	return finding{Subject: subject, Status: s, Detail: detail, Fix: fix}
}

// unset is the command that takes a variable out of the shell's environment.
func unset(name string) string {
	if runtime.GOOS == "windows" {
		return "Remove-Item Env:" + name
	}
	return "unset " + name
}

// edit returns the command that opens a file for the user to change.
func edit(path string) string {
	if runtime.GOOS == "windows" {
		return "notepad " + strconv.Quote(path)
	}
	return `"${EDITOR:-vi}" '` + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
