//go:build unix

package envfile

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

var update = flag.Bool("update", false, "write the table in docs/env-files.md")

const (
	refused = "refused"
	unset   = "not set"
	unknown = "–" // the documentation does not say
)

// rows are lines of env files, and what Compose makes of each by its documentation: it is
// not run here. The other columns are what the programs do.
var rows = []struct{ text, compose, label string }{
	{text: `K=two words # note`, compose: "two words"},
	{text: `K=a#b`, compose: "a#b"},
	{text: `K=`, compose: ""},
	{text: `K=pa$word`, compose: "pa"},
	{text: `K="${x} $(y)"`, compose: unknown},
	{text: "K=\"`y`\"", compose: unknown},
	{text: `K=5$`, compose: unknown},
	{text: `K='$x \n'`, compose: `$x \n`},
	{text: "K='one\ntwo'", compose: "one\ntwo"},
	{text: "K=\"one\ntwo\"", compose: "one\ntwo"},
	{text: `K="a\nb"`, compose: "a\nb"},
	{text: `K="\$x \" \\"`, compose: `$x " \`},
	{text: `K="pass"#word`, compose: unknown},
	{text: `K=it's`, compose: unknown},
	{text: `K={"a": 1}`, compose: unknown},
	{text: `K=C:\dir`, compose: unknown},
	{text: `K=/x?a=1&b=2`, compose: unknown},
	{text: `K=~/x`, compose: unknown},
	{text: `K = v`, compose: unknown},
	{text: `K`, compose: unset},
	{text: `K.a=v`, compose: unknown},
	{text: `export K=v`, compose: unknown},
	{text: `export K=1 B=2`, compose: unknown},
	{text: "K=v\r\n", compose: unknown, label: "`K=v` and CR LF"},
	{text: "K=v\rB=w\r", compose: unknown, label: "`K=v` and `B=w`, ended by CR"},
	{text: "\ufeffK=v\n", compose: unknown, label: "`K=v` after a byte order mark of UTF-8"},
	{text: "\xff\xfeK\x00=\x00v\x00\n\x00", compose: unknown, label: "`K=v` in UTF-16 with a byte order mark"},
}

// reader is a column: what a program makes of the file at path, refused or unset.
type reader struct {
	name string
	read func(t *testing.T, path string) string
	// missing is why it cannot be asked here.
	missing string
}

func readers(t *testing.T) []reader {
	t.Helper()
	docker := reader{name: "`docker run --env-file`", read: readDocker}
	if os.Getenv("THV_TEST_DOCKER_HOST") == "" {
		docker.missing = "no container engine: hack/docker-engine.sh starts one"
	} else {
		importEmpty(t)
	}
	node := reader{name: "`node --env-file` (20)", read: readNode}
	if version, err := exec.Command("node", "--version").Output(); err != nil || !strings.HasPrefix(string(version), "v20.") {
		node.missing = "there is no node of version 20"
	}
	return []reader{{name: "thv", read: readThv}, docker, {name: "`sh`", read: readSh}, node}
}

// TestTable compares docs/env-files.md with what the programs do; with -update it writes
// the table.
func TestTable(t *testing.T) {
	const begin, end = "<!-- begin of the table: written by go test -run Table -update, in apps/cli/internal/launch/envfile -->\n", "<!-- end of the table -->"
	page := filepath.Join("..", "..", "..", "..", "..", "docs", "env-files.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	table, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no marks of the table", page)
	}
	columns := readers(t)
	got := cells(t, columns)
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+written(columns, got)+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) != len(rows)+2 {
		t.Fatalf("the table has %d lines for %d rows: run with -update", len(lines), len(rows))
	}
	for i := range rows {
		there := strings.Split(strings.Trim(lines[i+2], "|"), " | ")
		for n, want := range got[i] {
			if want != "" && strings.TrimSpace(there[n]) != want {
				t.Errorf("%s: column %d is %s, and the page says %s (-update writes it)", got[i][0], n+1, want, there[n])
			}
		}
	}
	for _, c := range columns {
		if c.missing != "" {
			t.Skipf("not compared with %s: %s", c.name, c.missing)
		}
	}
}

// cells are the table's, by row and column: the line, the columns, Compose. A cell that
// cannot be known here is empty.
func cells(t *testing.T, columns []reader) [][]string {
	t.Helper()
	var all [][]string
	for i, row := range rows {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i)+".env")
		if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		line := []string{row.label}
		if row.label == "" {
			line[0] = code(row.text)
		}
		for _, c := range columns {
			if c.missing != "" {
				line = append(line, "")
				continue
			}
			line = append(line, cell(c.read(t, path)))
		}
		all = append(all, append(line, cell(row.compose)))
	}
	return all
}

func written(columns []reader, all [][]string) string {
	head, rule := "| In the file |", "| --- |"
	for _, c := range columns {
		head, rule = head+" "+c.name+" |", rule+" --- |"
	}
	lines := []string{head + " Compose |", rule + " --- |"}
	for _, row := range all {
		lines = append(lines, "| "+strings.Join(row, " | ")+" |")
	}
	return strings.Join(lines, "\n") + "\n"
}

func cell(value string) string {
	switch value {
	case refused, unset, unknown:
		return value
	case "":
		return "empty"
	}
	return code(value)
}

// code shows a line end as ⏎ and a carriage return as ␍.
func code(text string) string {
	text = strings.NewReplacer("\n", "⏎", "\r", "␍", "|", `\|`).Replace(text)
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// shown is the value of K, or all variables if there are others.
func shown(vars map[string]string) string {
	value, set := vars["K"]
	switch {
	case len(vars) == 0:
		return unset
	case set && len(vars) == 1:
		return value
	}
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ", ")
}

func readThv(_ *testing.T, path string) string {
	vars, err := Reader{}.Read(workload.Spec{EnvFiles: []string{path}})
	if err != nil {
		return refused
	}
	return shown(vars.Files[0])
}

// readSh sources the file with the variables exported, as in "set -a; . ./.env".
func readSh(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", `set -a; . "$1" 2>/dev/null; env -0`, "sh", path)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/home/u"}
	out, err := cmd.Output()
	if err != nil {
		return refused
	}
	return shown(ours(strings.Split(string(out), "\x00")))
}

func readNode(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.Command("node", "--env-file="+path, "-e", "process.stdout.write(JSON.stringify(process.env))")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	var vars map[string]string
	if err != nil || json.Unmarshal(out, &vars) != nil {
		return refused
	}
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, name+"="+value)
	}
	return shown(ours(pairs))
}

// ours are the variables of rows among pairs.
func ours(pairs []string) map[string]string {
	vars := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if name == "K" || name == "B" || name == "K.a" {
			vars[name] = value
		}
	}
	return vars
}

const empty = "thv-test-envfile:1"

func docker(args ...string) *exec.Cmd {
	return exec.Command("docker", append([]string{"-H", os.Getenv("THV_TEST_DOCKER_HOST")}, args...)...)
}

// importEmpty makes an image with nothing in it.
func importEmpty(t *testing.T) {
	t.Helper()
	var archive bytes.Buffer
	if err := tar.NewWriter(&archive).Close(); err != nil {
		t.Fatal(err)
	}
	cmd := docker("import", "-", empty)
	cmd.Stdin = &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("docker import: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = docker("rmi", empty).Run() })
}

func readDocker(t *testing.T, path string) string {
	t.Helper()
	cmd := docker("create", "--env-file", path, empty, "x")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	out, err := cmd.Output()
	if err != nil {
		return refused
	}
	id := strings.TrimSpace(string(out))
	defer func() { _ = docker("rm", id).Run() }()
	out, err = docker("inspect", "--format", "{{json .Config.Env}}", id).Output()
	var pairs []string
	if err != nil || json.Unmarshal(out, &pairs) != nil {
		t.Fatalf("docker inspect: %v: %s", err, out)
	}
	return shown(ours(pairs))
}
