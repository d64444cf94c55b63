package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// fakeProvider is thv-provider-1password with a fake service behind the SDK's interfaces. All
// other code is the real one.
const fakeProvider = "github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword/onepasswordtest/thv-provider-1password"

// catalog is the content of that service. Its first client takes as long as the SDK's.
const catalog = `{"connect_ms": 2000, "vaults": [{"name": "Team", "items": [{"name": "key", "fields": {"credential": "a value"}}]}]}`

// token has the form of a service account token, and belongs to no account.
const token = "ops_eyJzaWduSW5BZGRyZXNzIjoidGVzdC5pbnZhbGlkIiwidXNlckF1dGgiOnt9LCJlbWFpbCI6ImJlbmNoIn0"

// onePassword measures a reference to 1Password with a resident process: the fake service responds
// at once, so this is the overhead of thv.
func (b *suite) onePassword() {
	const name = "secret get op://…, second"
	env, directory, err := b.onePasswordHome()
	if err != nil {
		leftOut(name, err)
		return
	}
	thv := program{path: filepath.Join(directory, "thv"), args: []string{"secret", "get", "op://Team/key/credential"}, env: env}
	start := time.Now()
	if _, err := b.once(thv); err != nil {
		leftOut(name, err)
		return
	}
	fmt.Printf("%-34s %10v   (the service's client takes 2 s of it)\n", "secret get op://…, first", time.Since(start).Round(time.Millisecond))
	b.row(name, thv, program{path: b.baseline("hello"), env: env}, target{over: 20 * time.Millisecond}, b.runs)
}

// onePasswordHome makes a directory with thv and the provider's program, and an
// environment in which that may stay.
func (b *suite) onePasswordHome() (env []string, directory string, err error) {
	directory = filepath.Join(b.temporary, "onepassword")
	runtime := filepath.Join(directory, "run")
	if err := os.MkdirAll(runtime, 0o700); err != nil {
		return nil, "", err
	}
	text, err := os.ReadFile(b.thv)
	if err != nil {
		return nil, "", err
	}
	build := exec.CommandContext(b.ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", directory+string(filepath.Separator), fakeProvider)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("build the provider's program: %w\n%s", err, output)
	}
	env = append(b.home("onepassword", "kernel"), "XDG_RUNTIME_DIR="+runtime, "TMPDIR="+directory, "OP_SERVICE_ACCOUNT_TOKEN="+token)
	config := filepath.Join(b.temporary, "onepassword-kernel", "config", "toolhive")
	return env, directory, errors.Join(
		os.WriteFile(filepath.Join(directory, "thv"), text, 0o755),
		os.WriteFile(filepath.Join(directory, "onepassword.json"), []byte(catalog), 0o600),
		os.MkdirAll(config, 0o700),
		os.WriteFile(filepath.Join(config, "config.yaml"), []byte("secrets: {onepassword: {idle: 10s}}\n"), 0o600),
	)
}
