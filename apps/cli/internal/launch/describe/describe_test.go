package describe_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// catalog is a registry with two servers. Load fails without text.
type catalog struct{ text string }

const servers = `{"servers": {
	"chat": {"image": "example/chat:1", "transport": "sse", "target_port": 9000, "args": ["--quiet"],
		"env_vars": [{"name": "TOKEN", "required": true, "secret": true}]},
	"fetch": {"image": "example/fetch:1", "transport": "stdio"}}}`

func (c catalog) Load(context.Context, string, string) (*registry.Registry, error) {
	if c.text == "" {
		return nil, secret.ErrUnavailable
	}
	return registry.Parse("here", []byte(c.text))
}

// configs are RunConfigs in JSON: saved ones by name, and given ones by path.
type configs struct{ saved, given map[string]string }

func (c configs) Load(name string) (workload.Spec, error) {
	text, is := c.saved[name]
	if !is {
		return workload.Spec{}, secret.ErrNotFound
	}
	return workload.ReadSpec(strings.NewReader(text))
}

func (c configs) Read(from string, _ io.Reader) (runconfig.Given, error) {
	name := strings.TrimPrefix(from, "saved/")
	if _, is := c.saved[name]; is {
		spec, err := c.Load(name)
		return runconfig.Given{Spec: spec, Name: name}, err
	}
	spec, err := workload.ReadSpec(strings.NewReader(c.given[from]))
	return runconfig.Given{Spec: spec}, err
}

func describer(c configs, say func(string, ...any)) describe.Describer {
	return describe.Describer{Catalog: catalog{servers}, RunConfigs: c, Say: say}
}

func TestCommandLine_OptionsBecomeTheSpec(t *testing.T) {
	t.Parallel()
	line := describe.CommandLine{
		Image: "example/web:1", Args: []string{"--verbose"}, Name: "web", Group: "tools", Memory: "512m", CPUs: 1.5,
		Volumes: []string{"./data:/data:ro", "cache:/cache"}, Labels: []string{"team=a"}, Restart: "always", Pull: "never",
		Changes:     describe.Changes{Action: "restart", Interval: "5m"},
		Environment: describe.Environment{Container: true, Secrets: []string{"api-key,target=API_KEY"}, Variables: []string{"A=1", "HOME"}, Files: []string{"dev.env"}},
	}
	p, err := describer(configs{}, t.Logf).CommandLine(t.Context(), line, true)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := filepath.Abs("data")
	file, _ := filepath.Abs("dev.env")
	s := p.Spec
	for _, c := range []struct{ what, got, want string }{
		{"image", s.Image, "example/web:1"}, {"arguments", strings.Join(s.Command, " "), "--verbose"}, {"name", s.Name, "web"},
		{"group", s.Labels[workload.LabelGroup], "tools"}, {"label", s.Labels["team"], "a"}, {"transport", s.Transport, "stdio"},
		{"volumes", strings.Join(s.Volumes, " "), data + ":/data:ro cache:/cache"}, {"restart", s.Restart, "always"}, {"pull", s.Pull, "never"},
		{"change", s.OnSecretChange, "restart"}, {"interval", s.SecretInterval, "5m"},
		{"secrets", strings.Join(s.Secrets, " "), "api-key,target=API_KEY"}, {"variable", s.EnvVars["A"], "1"},
		{"inherited", strings.Join(s.EnvInherit, " "), "HOME"}, {"env files", strings.Join(s.EnvFiles, " "), file},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	if s.Memory != 512<<20 || s.CPUs != 1.5 {
		t.Errorf("got %d bytes and %g processors, want 512 MiB and 1.5", s.Memory, s.CPUs)
	}
	if p.Prepare.Once || !p.Prepare.Container || p.Prepare.System {
		t.Errorf("got the options %+v, want those of a detached container", p.Prepare)
	}
}

func TestCommandLine_AServerFillsInWhatNoOptionSays(t *testing.T) {
	t.Parallel()
	d := describer(configs{}, t.Logf)
	p, err := d.CommandLine(t.Context(), describe.CommandLine{Image: "chat", Args: []string{"--more"}, Name: "chat_2"}, false)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Spec
	if s.Image != "example/chat:1" || !slices.Equal(s.Command, []string{"--quiet", "--more"}) || s.Transport != "sse" || s.Port != 9000 || s.TargetPort != 9000 {
		t.Errorf("got %+v, want the server's image, arguments, transport and port", s)
	}
	// No workload gets what was stored for another, whatever it is called.
	if p.Prepare.Entry.Server != "chat" || p.Prepare.Entry.Scope != "chat%5F2/chat" || len(s.Requirements) != 1 || !p.Prepare.Once {
		t.Errorf("got %+v, want the server's requirements in a scope of the workload and the server", p.Prepare)
	}
	if url := describe.URL(s); url != "http://127.0.0.1:9000/sse" {
		t.Errorf("got the address %q", url)
	}
}

func TestCommandLine_RefusesWhatCannotBeRun(t *testing.T) {
	t.Parallel()
	image := "example/web:1"
	for _, c := range []struct {
		line describe.CommandLine
		want string
		is   error
	}{
		{describe.CommandLine{Image: "chta"}, "did you mean: thv run chat?", secret.ErrNotFound},
		{describe.CommandLine{Image: "zzzzzz"}, "has no server zzzzzz", secret.ErrNotFound},
		{describe.CommandLine{Image: image, Registry: "r.json"}, "--registry goes with the name of a server", secret.ErrUsage},
		{describe.CommandLine{Image: image, Transport: "carrier-pigeon"}, "--transport", secret.ErrUsage},
		{describe.CommandLine{Image: image, Memory: "much"}, "--memory is a size", secret.ErrUsage},
		{describe.CommandLine{Image: image, Volumes: []string{"/a"}}, "--volume 1 is not HOST:CONTAINER", secret.ErrUsage},
		{describe.CommandLine{Image: image, Volumes: []string{"/a:/b", "/c:d"}}, "--volume 2", secret.ErrUsage},
		{describe.CommandLine{Image: image, Labels: []string{"=x"}}, "--label 1 has no key", secret.ErrUsage},
		{describe.CommandLine{Image: image, Name: "../x"}, "name", secret.ErrUsage},
		{describe.CommandLine{Image: image, Changes: describe.Changes{Action: "explode"}}, "--on-secret-change", secret.ErrUsage},
		{describe.CommandLine{Image: image, Changes: describe.Changes{Interval: "5m"}}, "--secret-interval goes with --on-secret-change", secret.ErrUsage},
		{describe.CommandLine{Image: image, Environment: describe.Environment{Expansion: "some"}}, "--env-file-expansion", secret.ErrUsage},
		{describe.CommandLine{Image: image, Environment: describe.Environment{Container: true, Secrets: []string{"k,target=PATH"}}}, "--allow-reserved-target", secret.ErrUsage},
		{describe.CommandLine{Image: image, Environment: describe.Environment{Secrets: []string{"k,target=/run/k"}}}, "a local process gets no files", secret.ErrUnsupported},
	} {
		_, err := describer(configs{}, t.Logf).CommandLine(t.Context(), c.line, true)
		if err == nil || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %v with %q", c.line, err, c.is, c.want)
		}
	}
}

func TestCheck_WhatGoesOnlyWithASupervisor(t *testing.T) {
	t.Parallel()
	for want, line := range map[string]describe.CommandLine{
		"--restart goes with -d":          {Restart: "always"},
		"--on-secret-change goes with -d": {Changes: describe.Changes{Action: "restart"}},
		"--secret-interval goes with -d":  {Changes: describe.Changes{Interval: "5m"}},
	} {
		if err := line.Check(false); !errors.Is(err, secret.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("in the foreground: got %v, want a usage error with %q", err, want)
		}
		if err := line.Check(true); err != nil {
			t.Errorf("detached: got %v, want nil", err)
		}
	}
}

const config = `{"schema_version": "v0.1.0", "name": "web", "image": "example/web:1", "transport": "stdio", "pull": "missing"%s}`

func with(fields string) string { return strings.Replace(config, "%s", fields, 1) }

func TestRunConfig_FromElsewhereAndSaved(t *testing.T) {
	t.Parallel()
	var said []string
	d := describer(configs{
		saved: map[string]string{"web": with("")},
		given: map[string]string{"web.json": with(`, "run_as_admiral": true`), "none.json": `{"schema_version": "v0.1.0"}`},
	}, func(format string, args ...any) { said = append(said, format) })
	never := "never"
	p, err := d.RunConfig(describe.File{Path: "web.json", Name: "web2", Pull: &never})
	if err != nil {
		t.Fatal(err)
	}
	if p.Spec.Name != "web2" || p.Spec.Pull != "never" || p.From != "web.json" || p.Saved != "" || p.Prepare.System {
		t.Errorf("got %+v, want the file with another name and pull, and no system's secrets", p)
	}
	if d.SayUnheeded(p); len(said) != 1 || !strings.Contains(said[0], "does not heed") {
		t.Errorf("got %q, want one sentence about the unknown field", said)
	}
	p, err = d.RunConfig(describe.File{Path: "saved/web"})
	if err != nil || p.Saved != "web" || !p.Prepare.System {
		t.Errorf("got %+v and %v, want one that may have the system's secrets", p, err)
	}
	if _, err = d.RunConfig(describe.File{Path: "none.json"}); !errors.Is(err, secret.ErrUsage) || !strings.Contains(err.Error(), "none.json: it names no image") {
		t.Errorf("got %v, want a usage error with the file", err)
	}
}

func TestRunConfig_ProtectionsAreHonouredOrIgnoredByName(t *testing.T) {
	t.Parallel()
	guarded := with(`, "tools_filter": ["read"]`)
	d := describer(configs{saved: map[string]string{"web": guarded}, given: map[string]string{"web.json": guarded}}, t.Logf)
	for name, plan := range map[string]func(ignored ...string) (describe.Plan, error){
		"file": func(ignored ...string) (describe.Plan, error) {
			return d.RunConfig(describe.File{Path: "web.json", Ignored: ignored})
		},
		"saved": func(ignored ...string) (describe.Plan, error) { return d.Saved("web", ignored) },
	} {
		if _, err := plan(); err == nil || !strings.Contains(err.Error(), "add --ignore tools_filter") {
			t.Errorf("%s: got %v, want an error with the option", name, err)
		}
		p, err := plan("tools_filter")
		if err != nil || !slices.Equal(p.Spec.Ignored, []string{"tools_filter"}) {
			t.Errorf("%s: got %q and %v, want the field saved as ignored", name, p.Spec.Ignored, err)
		}
		if _, err := plan("tools_filter", "enable_audit"); err == nil {
			t.Errorf("%s: got nil, want an error about a field that is not set", name)
		}
	}
	if _, err := d.Supervised("web"); err == nil {
		t.Error("got nil, want a supervisor to refuse what was not ignored")
	}
}

func TestSaved_IsTheRunOfItsName(t *testing.T) {
	t.Parallel()
	d := describer(configs{saved: map[string]string{
		"copy": with(""), "none": `{"schema_version": "v0.1.0"}`, "http": with(`, "transport": "sse"`),
	}}, t.Logf)
	p, err := d.Saved("copy", nil)
	if err != nil || p.Spec.Name != "copy" || p.Saved != "copy" || !p.Prepare.System || !p.Prepare.Reserved || !p.Prepare.Container {
		t.Errorf("got %+v and %v, want the run under the name it is saved as", p, err)
	}
	if _, err := d.Saved("gone", nil); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if _, err := d.Saved("none", nil); !errors.Is(err, secret.ErrUsage) {
		t.Errorf("got %v, want a usage error", err)
	}
}
