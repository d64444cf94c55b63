package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/thv-secrets/thv/bench/internal/format1"
	"github.com/thv-secrets/thv/e2e/engine"
)

func (b *suite) baseline(name string) string { return filepath.Join(b.baselines, name) }

func (b *suite) version() {
	env := b.home("version", "kernel")
	b.row("version / hello", program{path: b.thv, args: []string{"version"}, env: env},
		program{path: b.baseline("hello"), env: env}, target{ratio: 2}, b.runs)
}

// store measures reading and writing a store whose password is in keyring.
func (b *suite) store(keyring string) {
	if keyring == "service" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		leftOut("secret get, Secret Service", errors.New("no session bus (hack/secret-service.sh starts one)"))
		return
	}
	s, err := b.newStore("store", keyring)
	defer s.forget()
	if err != nil {
		leftOut("secret get, "+keyring, err)
		return
	}
	for _, n := range []int{1, 100, 10_000} {
		if err := s.fill(n); err != nil {
			leftOut("secret get, "+keyring, err)
			return
		}
		name := fmt.Sprintf("name-%05d", (n+1)/2)
		b.row(fmt.Sprintf("secret get, %s, of %d", keyring, n),
			program{path: b.thv, args: []string{"secret", "get", name}, env: s.env},
			program{path: b.baseline("get"), args: []string{keyring, s.path, name}, env: s.env},
			target{ratio: 2, peak: 20}, b.runs)
	}
	b.format1(s)
	b.row("secret set, "+keyring+", of 10000",
		program{path: b.thv, args: []string{"secret", "set", "name-05000"}, env: s.env, input: "a new value"},
		program{path: b.baseline("set"), args: []string{keyring, s.path, "name-05000"}, env: s.env, input: "a new value"},
		target{ratio: 2}, b.runs)
	if err := s.fill(100); err != nil {
		leftOut("exec", err)
		return
	}
	b.exec(s)
}

// format1 compares a store of format 1 with the baseline of s, which has as many secrets. The
// password comes from the variable: in a keyring it would replace the password of the user's own
// store of format 1.
func (b *suite) format1(s *store) {
	const n = 10_000
	name := fmt.Sprintf("secret get, format 1, of %d", n)
	password := "a password for this bench only"
	env := append(b.home("format1", s.keyring), "TOOLHIVE_SECRETS_PASSWORD="+password)
	path := filepath.Join(b.temporary, "format1-"+s.keyring, "data", "toolhive", "secrets_encrypted")
	if err := format1.Write(path, password, n, strings.Repeat("value of a usual length ", 2)); err != nil {
		leftOut(name, err)
		return
	}
	b.row(name, program{path: b.thv, args: []string{"secret", "get", "name-05000"}, env: env},
		program{path: b.baseline("get"), args: []string{s.keyring, s.path, "name-05000"}, env: s.env},
		target{ratio: 3}, b.runs)
}

// exec measures what 20 secrets cost a command, masked and replaced.
func (b *suite) exec(s *store) {
	args := []string{"exec"}
	for i := range 20 {
		args = append(args, "--secret", fmt.Sprintf("name-%05d,target=SECRET_%d", i+1, i))
	}
	baseline := program{path: b.baseline("hello"), env: s.env}
	b.row("exec, 20 secrets, "+s.keyring, program{path: b.thv, args: append(args, "--", b.baseline("hello")), env: s.env},
		baseline, target{over: 3 * time.Millisecond}, b.runs)
	b.row("  the same, --no-masking", program{path: b.thv, args: append(args, "--no-masking", "--", b.baseline("hello")), env: s.env},
		baseline, target{over: 3 * time.Millisecond}, b.runs)
}

// container measures a container of a local image.
func (b *suite) container() {
	const image = "thv-bench:latest"
	const name = "run, local image"
	docker, err := engine.New("")
	if err == nil {
		err = docker.Ping(b.ctx)
	}
	if err == nil {
		err = docker.Import(b.ctx, image, b.baseline("hello"))
	}
	if err != nil {
		leftOut(name, err)
		return
	}
	defer func() { _ = docker.RemoveImage(context.WithoutCancel(b.ctx), image) }()
	s, err := b.newStore("run", "kernel")
	defer s.forget()
	if err != nil {
		leftOut(name, err)
		return
	}
	b.row(name,
		program{path: b.thv, args: []string{"run", "--network", "none", "--secret", "first,target=API_KEY", image}, env: s.env},
		program{path: b.baseline("run"), args: []string{docker.Host(), image}, env: s.env},
		target{ratio: 1.05}, max(b.runs/2, 5))
}

// home returns an environment with a separate home, in which keyring is the only one.
func (b *suite) home(name, keyring string) []string {
	home := filepath.Join(b.temporary, name+"-"+keyring)
	_ = os.MkdirAll(home, 0o700)
	var env []string
	for _, pair := range os.Environ() {
		variable, _, _ := strings.Cut(pair, "=")
		bus := variable == "DBUS_SESSION_BUS_ADDRESS" || variable == "XDG_RUNTIME_DIR"
		if strings.HasPrefix(variable, "TOOLHIVE_") || strings.HasPrefix(variable, "XDG_") && !bus || bus && keyring == "kernel" || variable == "CI" {
			continue
		}
		env = append(env, pair)
	}
	return append(env, "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_STATE_HOME="+filepath.Join(home, "state"))
}

func parseFloat(text string) float64 {
	value, _ := strconv.ParseFloat(text, 64)
	return value
}
