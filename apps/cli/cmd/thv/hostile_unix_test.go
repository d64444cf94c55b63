//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
)

// drives is what a terminal obeys: ESC, OSC, BEL, CR, backspace, DEL, the C1 form of
// CSI, changes of direction, and bytes that are no UTF-8.
const drives = "\x1b]0;owned\x07\x1b[2J\r\b\x7f\u009b31m\u202egnp\u202a\u2066\u2069\u200f\u2028\x9b2J\xff"

// hostile are texts of other programs; each is tried in every field that thv prints.
var hostile = map[string]string{
	"drives": "h" + drives + "h",
	"long":   strings.Repeat("h", 10<<10),
	"lines":  "h\nthv: forged\n$ h",
}

// maxPrinted is more than any line that is printed for people has.
const maxPrinted = 4200

// safe checks that text is nothing but lines of printable characters.
func safe(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if i := strings.IndexFunc(line, func(c rune) bool { return c != '\t' && !unicode.IsPrint(c) }); i >= 0 || !utf8.ValidString(line) {
			t.Errorf("%s: raw text of others at %d of %.300q", what, i, line)
			return
		}
		if strings.HasPrefix(line, "thv: forged") || strings.HasPrefix(line, "$ h") {
			t.Errorf("%s: a forged line: %.300q", what, text)
			return
		}
		if len(line) > maxPrinted && !json.Valid([]byte(text)) && !strings.HasPrefix(strings.TrimSpace(line), `"`) {
			t.Errorf("%s: a line of %d bytes: %.100q", what, len(line), line)
			return
		}
	}
}

// prints runs thv and checks what it prints, as text, with --debug and as JSON.
func (s *terminalUser) prints(args ...string) (code int) {
	s.t.Helper()
	forms := [][]string{{"--debug"}}
	if strings.Contains(s.t.Name(), "drives") { // JSON holds no line end, and is not cut
		forms = append(forms, []string{"--output", "json"})
	}
	for _, form := range forms {
		all := append(slices.Clone(form), args...)
		cmd := exec.Command(filepath.Join(s.bin, "thv"), all...)
		for name, value := range s.vars {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		var out, errs bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, &out, &errs
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			s.t.Fatal(err)
		}
		what := fmt.Sprintf("thv %.200q", all)
		if !strings.HasPrefix(out.String(), "started ") { // the workload's own
			safe(s.t, what+" (output)", out.String())
		}
		safe(s.t, what+" (errors)", errs.String())
		if len(form) == 2 && strings.HasPrefix(out.String(), "{") && !json.Valid(out.Bytes()) {
			s.t.Errorf("%s: no JSON: %.300q", what, out.String())
		}
		if strings.Contains(errs.String(), "panic:") {
			s.t.Errorf("%s: %s", what, errs.String())
		}
		code = cmd.ProcessState.ExitCode()
	}
	return code
}

// each runs a test with every hostile text.
func each(t *testing.T, test func(*terminalUser, string)) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newTeller(t), text)
		})
	}
}

// newTeller returns a home beside an engine that starts nothing.
func newTeller(t *testing.T) *terminalUser {
	s := newTerminalUser(t)
	s.vars[engineVariable] = "teller"
	return s
}

func TestHostile_Arguments(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		for _, args := range [][]string{
			{text}, {"--" + text}, {"--output", text}, {"-" + text}, {"secret", text}, {"registry", text}, {"service", text},
			{"secret", "set", text}, {"secret", "get", text}, {"secret", "delete", text}, {"secret", "list", text}, {"secret", "list", text + "://"},
			{"secret", "provider", text}, {"secret", "get", "thv://" + text}, {"secret", "get", text + "://x"}, {"secret", "get", "nope://" + text},
			{"secret", "get", "env://" + text}, {"secret", "get", "op://" + text + "/a/b"}, {"secret", "get", "k8s://" + text + "/a/b"},
			{"secret", "get", "k8s://a/b/" + text}, {"secret", "get", "keyring://" + text + "/a"}, {"secret", "get", "--name-json", text},
			{"secret", "get", "--name-json", jsonString(text)}, {"secret", "get", "--password-file", text, "x"}, {"secret", "set", "x", "--file", text},
			{"secret", "setup", "--provider", text}, {"secret", "setup", "--recovery-key-file", text + "/" + text, "--provider", "encrypted"},
			{"exec", "--", text}, {"exec", text}, {"exec", "--secret", text, "--", "true"}, {"exec", "--secret", "x,target=" + text, "--", "true"},
			{"exec", "--secret", "x," + text, "--", "true"}, {"exec", "--secret", "x,target=/" + text, "--", "true"},
			{"exec", "--env-file", text, "--", "true"}, {"exec", "--env-file-dir", text, "--", "true"}, {"exec", "-e", text, "--", "true"},
			{"exec", "-e", text + "=x", "--", "true"}, {"exec", "-e", "A=" + text, "--dry-run", "--", "true"}, {"exec", "-e", "A=thv://" + text, "--", "true"},
			{"exec", "--workdir", text, "--", "true"}, {"explain", text}, {"explain", "thv://" + text}, {"explain", "x", "--simulate", text + "=locked"},
			{"explain", "x", "--simulate", "encrypted=" + text}, {"run", text}, {"run", "--image", text}, {"run", "example/" + text}, {"run", text + ":1"},
			{"run", "--name", text, "example/x:1"}, {"run", "--from-config", text}, {"run", "--registry", text, "x"}, {"run", "-v", text + ":/x", "example/x:1"},
			{"run", "-v", "/x:/y:" + text, "example/x:1"}, {"run", "-p", text, "example/x:1"}, {"run", "--network", text, "example/x:1"},
			{"run", "--user", text, "example/x:1"}, {"run", "--label", text + "=" + text, "example/x:1"}, {"run", "--label", "a=" + text, "--dry-run", "example/x:1"},
			{"run", "--transport", text, "example/x:1"}, {"run", "--memory", text, "example/x:1"}, {"run", "--delivery", text, "example/x:1"},
			{"run", "--restart", text, "-d", "example/x:1"}, {"run", "--on-secret-change", text, "-d", "example/x:1"}, {"run", "--ignore", text, "example/x:1"},
			{"run", "--dry-run", "example/x:1", "--", text}, {"list", text}, {"status", text}, {"logs", text}, {"logs", "--since", text, "x"},
			{"stop", text}, {"stop", "--timeout", text, "x"}, {"start", text}, {"restart", text}, {"rm", text}, {"supervise", text},
			{"registry", "show", text}, {"registry", "list", "--registry", text}, {"export", text, text}, {"export", "x", "y", "--format", text},
		} {
			h.prints(args...)
		}
	})
}

func TestHostile_Variables(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		for _, name := range []string{
			"TOOLHIVE_SECRETS_PROVIDER", "TOOLHIVE_SECRETS_PASSWORD", "KUBECONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG",
			"OP_SERVICE_ACCOUNT_TOKEN", "TOOLHIVE_DISABLE_ENV_FALLBACK", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME",
		} {
			before := h.vars[name]
			h.vars[name] = text
			if strings.HasPrefix(name, "XDG") || name == "HOME" || name == "DOCKER_CONFIG" {
				h.vars[name] = filepath.Join(h.folder, text)
			}
			for _, args := range [][]string{
				{"secret", "get", "x"}, {"secret", "set", "x", "--file", "/dev/null"}, {"secret", "list"}, {"secret", "get", "k8s://a/b/c"}, {"secret", "get", "op://a/b/c"},
				{"doctor", "--offline"}, {"run", "example/x:1"}, {"list", "--all"}, {"export", "x", "z.json"}, {"secret", "setup", "--provider", "encrypted"},
			} {
				h.prints(args...)
			}
			h.vars[name] = before
		}
		h.vars["TOOLHIVE_SECRET_A_B"], h.vars["TOOLHIVE_SECRET_a-b"] = text, text+"2"
		h.prints("exec", "--secret", "a-b", "--", "true")
		h.vars["A"] = "nope://" + text
		h.prints("exec", "-e", "A", "--", "true")
	})
}

func TestHostile_ProvidersPrograms(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		quoted := jsonString(text)
		script := func(answer string) {
			h.write("answer.json", answer)
			h.write("config/toolhive/config.yaml", fmt.Sprintf("secrets:\n  chain: [vault]\n  providers:\n    vault: {command: [/bin/sh, %q]}\n", filepath.Join(h.folder, "vault.sh")))
			h.write("stderr", text+"\n")
			h.write("hello.json", fmt.Sprintf(`{"id":ID,"version":1,"name":%s,"capabilities":["list","check"]}`+"\n", quoted))
			h.write("vault.sh", `cat "`+h.folder+`/stderr" >&2; while read -r line; do id=$(printf '%s' "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
case $line in *hello*) sed "s/ID/$id/" "`+h.folder+`/hello.json";; *) sed "s/ID/$id/" "`+h.folder+`/answer.json"; echo;; esac; done`)
		}
		for _, answer := range []string{
			`{"id":ID,"error":{"class":"denied","message":%[1]s}}`, `{"id":ID,"error":{"class":%[1]s,"message":"m"}}`, `{"id":ID,%[1]s:1}`,
			`{"id":ID,"items":[{"name":"vault://x","description":%[1]s}]}`, `{"id":ID,"items":[{"name":%[1]s}]}`, `%[1]s`,
		} {
			script(fmt.Sprintf(answer, quoted))
			for _, args := range [][]string{
				{"secret", "get", "x"}, {"secret", "get", "vault://x"}, {"secret", "list"}, {"secret", "list", "vault://"}, {"explain", "x"},
				{"exec", "--secret", "x", "--", "true"}, {"doctor"}, {"secret", "set", "x", "--file", "/dev/null"}, {"secret", "delete", "x"},
			} {
				h.prints(args...)
			}
		}
		h.write("plan.json", fmt.Sprintf(`{"fail": "denied", "message": %s}`, quoted))
		h.write("config/toolhive/config.yaml", fmt.Sprintf("secrets:\n  chain: [vault]\n  providers:\n    vault: {command: [probe, provider, %q]}\n", filepath.Join(h.folder, "plan.json")))
		h.prints("secret", "get", "x")
		h.prints("explain", "x")
		h.prints("doctor")
	})
}

// An engine is a program at the other end of a socket, and what it says may come from
// an image's registry.
func TestHostile_Engines(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		message := jsonString(text)
		h.vars[engineVariable] = "docker"
		socket := filepath.Join(h.folder, "e")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			h.t.Fatal(err)
		}
		h.vars["DOCKER_HOST"] = "unix://" + socket
		owner, err := status.New(filepath.Join(h.folder, "data", "toolhive", "thv", "statuses")).Owner()
		if err != nil {
			h.t.Fatal(err)
		}
		var answers = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Api-Version", "1.47")
			switch {
			case strings.HasSuffix(r.URL.Path, "/_ping"):
				_, _ = w.Write([]byte("OK"))
			case strings.HasSuffix(r.URL.Path, "/containers/json"):
				fmt.Fprintf(w, `[{"Id": %[1]s, "Names": [%[1]s], "Image": %[1]s, "State": %[1]s, "Status": %[1]s, "Labels": {"toolhive": "true", "toolhive-owner": %[2]q, "toolhive-name": %[1]s}},
					{"Id": "0a", "Names": ["/y"], "Image": %[1]s, "State": "running", "Status": %[1]s, "Labels": {"toolhive": "true", "toolhive-owner": %[2]q, "toolhive-name": "y", "toolhive-transport": %[1]s}}]`, message, owner)
			case strings.HasSuffix(r.URL.Path, "/volumes"):
				_, _ = w.Write([]byte(`{"Volumes": []}`))
			case strings.HasSuffix(r.URL.Path, "/images/create"):
				fmt.Fprintf(w, `{"status": %[1]s, "id": %[1]s}`+"\n"+`{"error": %[1]s, "errorDetail": {"message": %[1]s}}`, message)
			case strings.HasSuffix(r.URL.Path, "/version"), strings.HasSuffix(r.URL.Path, "/info"):
				fmt.Fprintf(w, `{"Version": %[1]s, "ApiVersion": "1.47", "Name": %[1]s, "OperatingSystem": %[1]s, "Components": [{"Name": %[1]s, "Version": %[1]s}]}`, message)
			case strings.Contains(r.URL.Path, "/images/"):
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprintf(w, `{"message": %s}`, message)
			default:
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, `{"message": %s}`, message)
			}
		})
		server := &http.Server{Handler: answers}
		go func() { _ = server.Serve(listener) }()
		h.t.Cleanup(func() { _ = server.Close() })
		for _, args := range [][]string{
			{"run", "example/x:1"}, {"run", "--pull", "never", "example/x:1"}, {"run", "--pull", "always", "example/x:1"},
			{"run", "-d", "--name", "web", "example/x:1"}, {"doctor"}, {"list", "--all"}, {"status", "y"}, {"stop", "x"}, {"stop", "y"},
		} {
			h.prints(args...)
		}
	})
}

// A question shows all that it asks about, and nothing of it moves the cursor.
func TestHostile_Questions(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			s := newTerminalUser(t)
			quoted := jsonString(text)
			s.write("servers.json", fmt.Sprintf(`{"servers": {"x": {"image": "example/x:1", "env_vars": [{"name": "A", "required": true, "secret": true, "description": %s}]}}}`, quoted))
			s.write("from.json", fmt.Sprintf(`{"image": "example/probe:1", "container_labels": {"a": %[1]s, "b": "c"}, "secrets": ["op://v\u202ev/b/c,target=A"],
				"env_vars": {"A_URL": %[1]s}, "cmd_args": [%[1]s], "future": %[1]s}`, quoted))
			d := s.start("run", "--from-config", "from.json")
			d.sees("[y/N] ")
			d.types("n\n")
			_ = d.ends()
			safe(t, "a question", d.shown())
			d = s.start("run", "x")
			d.sees("A")
			d.sees(": ")
			d.types("\x03")
			_ = d.ends()
			safe(t, "a prompt", d.shown())
		})
	}
}

// shown is the screen as lines of text, without the marks that a hidden prompt sets.
func (d *dialog) shown() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.NewReplacer("\r\n", "\n", "\x1b[?2004h", "", "\x1b[?2004l", "").Replace(d.screen.String())
}

// A name that thv takes itself, and one that another program has stored.
func TestHostile_StoredNames(t *testing.T) {
	t.Parallel()
	h := newTeller(t)
	names := slices.Sorted(maps.Keys(map[string]bool{"a\u202eb": true, "a\u2066b": true, strings.Repeat("\u202e", 80): true}))
	for _, name := range names {
		h.run("v", "secret", "set", name)
		for _, args := range [][]string{
			{"secret", "set", name, "--file", "/dev/null"}, {"secret", "get", "no" + name}, {"explain", name}, {"exec", "--secret", name, "--", "true"}, {"secret", "list"},
			{"exec", "--secret", name + ",target=A", "--dry-run", "--", "true"}, {"exec", "--secret", name + ",target=/run/a", "--", "true"}, {"secret", "delete", name},
		} {
			h.prints(args...)
		}
	}
}

// What a workload prints, and a secret, are theirs.
func TestHostile_WhatIsNotOursPassesUntouched(t *testing.T) {
	h := newHome(t)
	value := strings.ToValidUTF8(drives, "")
	if _, code := h.run(value, "secret", "set", "x"); code != 0 {
		t.Fatal(code)
	}
	if got, _ := h.run("", "secret", "get", "x"); got != value {
		t.Errorf("got %q", got)
	}
	if got, _ := h.run("", "exec", "--", "printf", "%s", drives); got != drives {
		t.Errorf("got %q", got)
	}
	if got, _ := h.run("", "exec", "--secret", "x", "--", "printf", "%s", "\x1b[1mbold\r\n"); got != "\x1b[1mbold\r\n" {
		t.Errorf("got %q", got)
	}
	got, _ := h.run("", "--output", "json", "secret", "get", "x")
	var stored struct{ Value string }
	if err := json.Unmarshal([]byte(got), &stored); err != nil || stored.Value != value {
		t.Errorf("got %q, %v", got, err)
	}
	safe(t, "a value in JSON", got)
}

func jsonString(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}
