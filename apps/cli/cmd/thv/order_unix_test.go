//go:build !windows

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// alternating prints numbers to its outputs in turn, and a secret.
const alternating = `i=0; while [ $i -lt 200 ]; do echo $i; echo $((i+1)) >&2; i=$((i+2)); done; echo $API_KEY; echo $API_KEY >&2`

func TestExec_OneFileForBothOutputsKeepsTheOrder(t *testing.T) {
	h := newHome(t)
	h.run("canary-9f3a7b21c4", "secret", "set", "api-key")
	var want strings.Builder
	for i := range 200 {
		want.WriteString(strconv.Itoa(i) + "\n")
	}
	want.WriteString("[redacted]\n[redacted]\n")
	for name, redirected := range map[string]string{
		"a file": "> log 2>&1", "a file opened twice": ">> log 2>> log", "a pipe": "2>&1 | cat > log",
	} {
		log := filepath.Join(h.folder, "log")
		_ = os.Remove(log)
		cmd := exec.Command("sh", "-c", `thv exec --secret api-key,target=API_KEY -- sh -c "$SCRIPT" `+redirected)
		for name, value := range h.vars {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		cmd.Dir, cmd.Env, cmd.Stderr = h.folder, append(cmd.Env, "SCRIPT="+alternating), io.Discard
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := os.ReadFile(log)
		if err != nil || string(got) != want.String() {
			t.Errorf("%s: %v, %q", name, err, got)
		}
	}
}
