package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// isRun accepts the blocks with commands that a reader of those pages types.
func isRun(b block) bool {
	_, found := readersSetUp[b.page]
	commands := strings.Contains(b.text, "thv ") && !strings.HasPrefix(b.text, "make ") && (b.language == "sh" || b.language == "")
	return found && (commands || b.page == "docs/rotation.md" && b.language == "")
}

// readersSetUp prepares the environment of each page's reader.
var readersSetUp = map[string]func(*reader){
	"README.md":         func(*reader) {},
	"docs/workloads.md": func(r *reader) { r.store("github-token") },
	"docs/rotation.md": func(r *reader) {
		r.store("api-key")
		r.store("github-token")
		r.typesTheKeyOfGithub()
		// The workloads of the page's last example.
		r.must(r.t, "", "run", "-d", "--name", "fetch", "--secret", "api-key", r.image)
		r.must(r.t, "", "run", "-d", "--name", "weather", "--secret", "api-key", "--on-secret-change", "restart", r.image)
		r.must(r.t, "", "run", "-d", "--name", "notes", "--secret", "api-key", r.image)
		r.must(r.t, "", "stop", "notes")
	},
	"docs/providers.md": func(r *reader) { r.store("api-key") },
}

// reader types the commands of a page in a shell at a terminal, in a separate project directory.
type reader struct {
	*user
	t     *testing.T
	image string
}

func newReader(t *testing.T, image string) *reader {
	t.Helper()
	r := &reader{user: withPasswordFile(t), t: t, image: image}
	// A reader without a keyring gives the password once, in a way that holds for all
	// commands.
	r.env = append(r.env, "TOOLHIVE_SECRETS_PASSWORD="+randomKey(t))
	r.global = nil
	servers := fmt.Sprintf(`{"servers": {"github": {"image": %q, "env_vars": [
		{"name": "GITHUB_PERSONAL_ACCESS_TOKEN", "required": true, "secret": true}]}}}`, image)
	r.configure(t, "registry_path: servers.json\n")
	if err := os.WriteFile(filepath.Join(r.home, ".config", "toolhive", "servers.json"), []byte(servers), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.command(context.Background(), "stop", "--all", "--timeout", "1s").Run(); err != nil {
			t.Errorf("stop --all: %v\n%s", err, r.everythingPrinted())
		}
	})
	return r
}

func (r *reader) store(name string) {
	r.t.Helper()
	r.must(r.t, randomKey(r.t), "secret", "set", name)
}

// typesTheKeyOfGithub is `thv run github` at a terminal, which asks for its key once.
func (r *reader) typesTheKeyOfGithub() {
	r.t.Helper()
	typed(r.t, r.user, randomKey(r.t), "run", "github")
}

// shell runs commands as a reader would type them, and returns what they print.
func (r *reader) shell(commands, input string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.t.Context()), 3*time.Minute)
	defer cancel()
	commands = strings.NewReplacer("IMAGE", r.image, "example/server", r.image).Replace(commands)
	shell := exec.CommandContext(ctx, "bash", "-euc", commands)
	shell.Env = append(slices.Clip(r.env), "PATH="+bin+":"+os.Getenv("PATH"))
	shell.Dir = r.home
	shell.Stdin = strings.NewReader(input)
	var printed bytes.Buffer
	shell.Stdout, shell.Stderr = &printed, &printed
	err := shell.Run()
	return printed.String(), err
}

// TestDocs_CommandsRun runs each page's commands in their order, in one home.
func TestDocs_CommandsRun(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	for _, p := range readPages(t) {
		setUp, found := readersSetUp[p.name]
		if !found {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			r := newReader(t, image)
			setUp(r)
			for _, b := range p.blocks {
				switch {
				case p.name == "docs/providers.md" && strings.Contains(b.text, "provider: 1password"):
					// The page's commands ask the page's chain.
					r.configure(t, b.text)
				case b.language == "json" && strings.Contains(b.text, "mcpServers"):
					r.converses(b)
				case isRun(b):
					r.follow(b)
				}
			}
		})
		nothingIsLeft(t, docker, image)
	}
}

// follow runs a block according to its form: a command at a terminal, a session with prompts, the
// output of a command, or plain commands.
func (r *reader) follow(b block) {
	r.t.Helper()
	switch {
	case strings.TrimSpace(b.text) == "thv run github":
		r.typesTheKeyOfGithub()
	case strings.HasPrefix(b.text, "$ "):
		r.session(b)
	case strings.HasPrefix(b.text, "Stored "):
		r.prints(b)
	default:
		input := ""
		if strings.Contains(b.text, "\nthv secret set") {
			input = randomKey(r.t)
		}
		if printed, err := r.shell(b.text, input); err != nil {
			r.t.Errorf("%v: %v\n%s", b, err, printed)
		}
	}
}

// session runs the commands behind prompts and compares what they print with the
// page, word by word but for times and names of images. A command that follows a log
// runs until a later one ends it.
func (r *reader) session(b block) {
	r.t.Helper()
	followed := make(chan error, 1)
	var following bool
	for step := range strings.SplitSeq(strings.TrimPrefix(b.text, "$ "), "\n$ ") {
		command, want, _ := strings.Cut(strings.TrimSpace(step), "\n")
		if strings.Contains(command, "logs -f") {
			following = true
			go func() {
				printed, err := r.shell(command, "")
				if err != nil {
					err = fmt.Errorf("%s: %w\n%s", command, err, printed)
				}
				followed <- err
			}()
			continue
		}
		printed, err := r.shell(command, "")
		if err != nil {
			r.t.Errorf("%v: %s: %v\n%s", b, command, err, printed)
		}
		got, expected := strings.Fields(printed), strings.Fields(want)
		for i, w := range expected[:min(2, len(expected))] {
			if i >= len(got) || got[i] != w {
				r.t.Errorf("%v: %s: printed %q, the page says %q", b, command, printed, want)
				break
			}
		}
	}
	if following {
		if err := <-followed; err != nil {
			r.t.Errorf("%v: %v", b, err)
		}
	}
}

// prints compares a block with what storing api-key prints.
func (r *reader) prints(b block) {
	r.t.Helper()
	printed, err := r.shell("thv secret set api-key", randomKey(r.t))
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(printed), "\n"), func(line string) bool {
		return strings.HasPrefix(line, r.detachedServer())
	})
	if want := strings.TrimSpace(b.text); err != nil || strings.Join(lines, "\n") != want {
		r.t.Errorf("%v: %v, printed\n%s\nthe page says\n%s", b, err, printed, want)
	}
}

// detachedServer is the name under which the page's example/server runs.
func (r *reader) detachedServer() string {
	name, _, _ := strings.Cut(r.image, ":")
	return name
}

// converses starts the server that a client's file names, as the client does.
func (r *reader) converses(b block) {
	r.t.Helper()
	var file struct {
		Servers map[string]struct {
			Command string
			Args    []string
		} `json:"mcpServers"`
	}
	if err := json.Unmarshal([]byte(b.text), &file); err != nil || len(file.Servers) == 0 {
		r.t.Fatalf("%v: %v", b, err)
	}
	for name, server := range file.Servers {
		for i, arg := range server.Args {
			server.Args[i] = cmp.Or(map[string]string{"IMAGE": r.image}[arg], arg)
		}
		cmd := r.command(context.Background(), server.Args...)
		session := connect(r.t, &mcp.CommandTransport{Command: cmd})
		if tools, err := session.ListTools(r.t.Context(), nil); err != nil || len(tools.Tools) == 0 {
			r.t.Errorf("%v: %s: %v", b, name, err)
		}
		if err := session.Close(); err != nil {
			r.t.Errorf("%v: %s: the end: %v", b, name, err)
		}
	}
}
