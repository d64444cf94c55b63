//go:build !windows

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const servers = `{"servers": {
  "weather": {"image": "example/probe:1", "args": ["env"], "env_vars": [
    {"name": "API_KEY", "description": "Key of the weather", "required": true, "secret": true},
    {"name": "CITY", "description": "Where to look", "required": true},
    {"name": "TOKEN", "required": true, "secret": true}
  ]},
  "tides": {"image": "example/probe:1", "args": ["env"], "env_vars": [
    {"name": "API_KEY", "description": "Key of the tides", "required": true, "secret": true}
  ]}
}}`

func TestRun_AsksForAllThatIsMissingAndFindsItAgain(t *testing.T) {
	t.Parallel()
	s := newTerminalUser(t)
	d := s.start("run", "weather", "--", "CITY")
	d.sees("weather needs API_KEY, CITY, TOKEN")
	d.sees("API_KEY (secret), Key of the weather, not shown: ")
	d.types("\n")
	d.sees("must not be empty")
	d.sees("not shown: ")
	d.types("canary-weather\n")
	d.sees("CITY, Where to look: ")
	d.types("Bern\n")
	d.sees("TOKEN (secret), not shown: ")
	d.types("canary-token\n")
	d.sees("CITY=Bern true")
	if code := d.ends(); code != 0 {
		t.Errorf("it ends with %d:\n%s", code, d.seen())
	}
	if strings.Contains(d.seen(), "canary") {
		t.Errorf("what is secret is shown:\n%s", d.seen())
	}
	if got := s.stored(); got != "__thv_weather_API_KEY __thv_weather_TOKEN" {
		t.Errorf("stored: %s", got)
	}
	if config := s.saved("weather"); !strings.Contains(config, `"CITY": "Bern"`) {
		t.Errorf("what was typed in plain is not saved:\n%s", config)
	}

	d = s.start("run", "weather", "-e", "CITY=Bern", "--no-masking", "--", "API_KEY")
	d.sees("API_KEY=canary-weather true")
	if code := d.ends(); code != 0 || strings.Contains(d.seen(), "needs") {
		t.Errorf("the second run: %d\n%s", code, d.seen())
	}
	// Also without a prompt, and from a saved run, which reports the rest too.
	config := s.saved("weather")
	for _, want := range []string{`"__thv_weather_API_KEY,target=API_KEY"`, `"__thv_weather_TOKEN,target=TOKEN"`, `"CITY": "Bern"`, `"image": "example/probe:1"`} {
		if !strings.Contains(config, want) {
			t.Errorf("%s is not saved:\n%s", want, config)
		}
	}
	if strings.Contains(config, "canary") {
		t.Errorf("a value is saved:\n%s", config)
	}
	d = s.start("run", "--no-input", "--no-masking", "--from-config", s.config("weather"))
	d.sees("API_KEY=canary-weather true")
	if code := d.ends(); code != 0 {
		t.Errorf("what was saved ends with %d:\n%s", code, d.seen())
	}
	if _, code := s.run("", "run", "weather", "-e", "CITY=Bern", "--dry-run"); code != 0 {
		t.Errorf("without a terminal it ends with %d", code)
	}
}

func TestRun_ARunConfigsRequirementsAreAskedForAndStoredNowhere(t *testing.T) {
	t.Parallel()
	s := newTerminalUser(t)
	s.write("c.json", `{"name": "tides", "image": "example/probe:1", "cmd_args": ["env", "API_KEY"],
		"requirements": [{"name": "API_KEY", "required": true, "secret": true}]}`)
	// What is stored for the server of that name is not the RunConfig's.
	d := s.start("run", "tides", "--", "X")
	d.sees("not shown: ")
	d.types("canary-tides\n")
	if code := d.ends(); code != 0 {
		t.Fatalf("it ends with %d:\n%s", code, d.seen())
	}
	for range 2 {
		d := s.start("run", "--from-config", "c.json", "--yes", "--no-masking")
		d.sees("image example/probe:1 needs API_KEY")
		d.sees("not shown: ")
		d.types("typed\n")
		d.sees("API_KEY is used for this run and saved nowhere")
		d.sees("API_KEY=typed true")
		if code := d.ends(); code != 0 {
			t.Errorf("it ends with %d:\n%s", code, d.seen())
		}
	}
	if got := s.stored(); got != "__thv_tides_API_KEY" {
		t.Errorf("stored: %s", got)
	}
	if config := s.saved("tides"); strings.Contains(config, "__thv_") {
		t.Errorf("saved is %s", config)
	}
}

func TestRun_TwoServersNeverShareWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newTerminalUser(t)
	given := []string{"-e", "CITY=Bern", "-e", "TOKEN=x", "--no-masking", "--", "API_KEY"}
	ask := func(args []string, value string) {
		t.Helper()
		d := s.start(args...)
		d.sees("API_KEY (secret)")
		d.sees("not shown: ")
		d.types(value + "\n")
		d.sees("API_KEY=" + value + " true")
		if code := d.ends(); code != 0 {
			t.Errorf("%v ends with %d:\n%s", args, code, d.seen())
		}
	}
	find := func(args []string, value string) {
		t.Helper()
		d := s.start(args...)
		d.sees("API_KEY=" + value + " true")
		if code := d.ends(); code != 0 || strings.Contains(d.seen(), "needs") {
			t.Errorf("%v ends with %d:\n%s", args, code, d.seen())
		}
	}
	weather, tides := append([]string{"run", "weather"}, given...), []string{"run", "tides", "--no-masking", "--", "API_KEY"}
	// One workload has another server's name.
	disguised := append([]string{"run", "weather", "--name", "tides", "--yes"}, given...)
	ask(weather, "canary-w")
	ask(tides, "canary-t")
	ask(disguised, "canary-d")
	find(weather, "canary-w")
	find(tides, "canary-t")
	find(disguised, "canary-d")
	if config := s.saved("tides"); !strings.Contains(config, "__thv_tides/weather_API_KEY,target=API_KEY") {
		t.Errorf("what is saved of the disguised one:\n%s", config)
	}
}

func TestRun_AnInterruptedPromptStoresNothing(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]bool{"Hidden": true, "Visible": false} {
		t.Run(name, func(t *testing.T) {
			s := newTerminalUser(t)
			d := s.start("run", "weather", "--", "CITY")
			d.sees("not shown: ")
			d.types("canary-weather\n")
			d.sees("CITY, Where to look: ")
			if hidden {
				d.types("Bern\n")
				d.sees("TOKEN (secret), not shown: ")
			}
			d.types("\x03")
			if code := d.ends(); code != 130 {
				t.Errorf("it ends with %d", code)
			}
			if strings.Contains(d.seen(), "CITY=") || strings.Contains(d.seen(), "Stored") {
				t.Errorf("something was done:\n%s", d.seen())
			}
			if _, err := os.Stat(filepath.Join(s.folder, "data")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("there is a store: %v", err)
			}
		})
	}
}

func TestRun_WhereNothingCanBeStoredTheValueIsForThisRunOnly(t *testing.T) {
	t.Parallel()
	s := newTerminalUser(t)
	s.vars["TOOLHIVE_SECRETS_PROVIDER"] = "environment"
	for range 2 {
		d := s.start("run", "tides", "--", "API_KEY")
		d.sees("not shown: ")
		d.types("canary-tides\n")
		d.sees("API_KEY is used for this run and saved nowhere")
		d.sees("API_KEY=[redacted] true")
		if code := d.ends(); code != 0 {
			t.Errorf("it ends with %d:\n%s", code, d.seen())
		}
	}
	if _, err := os.Stat(filepath.Join(s.folder, "data", "toolhive", "secrets_encrypted")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a store: %v", err)
	}
	if config := s.saved("tides"); strings.Contains(config, `"secrets"`) || strings.Contains(config, `"env_vars"`) || strings.Contains(config, "canary") {
		t.Errorf("the RunConfig knows of it:\n%s", config)
	}
}

// Who could store nothing is not asked for a value first.
func TestSecretSet_AReadOnlyProviderIsRefusedBeforeThePrompt(t *testing.T) {
	s := newTerminalUser(t)
	s.vars["TOOLHIVE_SECRETS_PROVIDER"] = "environment"
	d := s.start("secret", "set", "api-key")
	d.sees("cannot store secrets")
	if code := d.ends(); code != 2 || strings.Contains(d.seen(), "Value of") {
		t.Errorf("it ends with %d:\n%s", code, d.seen())
	}
}

func TestRun_NobodyIsAskedWhereThatIsForbidden(t *testing.T) {
	s := newTerminalUser(t)
	for _, forbid := range []string{"--no-input", "CI"} {
		args := []string{"run", "weather"}
		if forbid == "CI" {
			s.vars["CI"] = "true"
		} else {
			args = append(args, forbid)
		}
		d := s.start(args...)
		d.sees("needs what nothing supplies")
		if code := d.ends(); code != 2 || !strings.Contains(d.seen(), "CITY, Where to look: -e CITY=VALUE") {
			t.Errorf("%s: it ends with %d:\n%s", forbid, code, d.seen())
		}
	}
}

func TestRun_ADryRunSaysWhatARunWouldAskFor(t *testing.T) {
	s := newTerminalUser(t)
	d := s.start("run", "weather", "--dry-run")
	d.sees("__thv_weather_API_KEY as API_KEY: not-found")
	d.sees("A run asks for API_KEY, CITY, TOKEN at the terminal first.")
	if code := d.ends(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
}

func TestRun_WhatElseIsMissingIsSaidBeforeAnybodyIsAsked(t *testing.T) {
	s := newTerminalUser(t)
	d := s.start("run", "tides", "--secret", "nosuch")
	d.sees(`secret "nosuch" is not found`)
	if code := d.ends(); code != 3 || strings.Contains(d.seen(), "not shown") {
		t.Errorf("it ends with %d:\n%s", code, d.seen())
	}
}
