package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var update = flag.Bool("update", false, "write the table of leaks into docs/delivery.md")

const (
	document   = "../docs/delivery.md"
	tableBegin = "<!-- begin of the table of leaks: written by go test -run Table -update, in e2e -->\n"
	tableEnd   = "<!-- end of the table of leaks -->\n"
)

// leak is a row of the document's table: a way to read a secret, whether it works with each of the
// three deliveries, and a function that tries it.
type leak struct {
	who               string
	env, sealed, file bool
	sees              func(leakFixture, *testing.T) bool
}

// deliveries are the table's columns.
var deliveries = []struct {
	name    string
	options []string
	says    func(leak) bool
}{
	{"env", []string{"--secret", "weather-key,target=API_KEY"}, func(l leak) bool { return l.env }},
	{"sealed", []string{"--delivery", "sealed", "--secret", "weather-key,target=API_KEY"}, func(l leak) bool { return l.sealed }},
	{"file", []string{"--secret", "weather-key,target=/run/secrets/key"}, func(l leak) bool { return l.file }},
}

var leaks = []leak{
	{"`docker inspect`: everybody who may use the engine", true, false, false, leakFixture.inspect},
	{"the engine's files of the container on disk (`config.v2.json`, the runtime's `config.json`)", true, false, false, leakFixture.engineFiles},
	{"the container's root file system and volumes on disk", false, false, false, leakFixture.layers},
	{"a process that `docker exec` starts, in its own environment", true, false, false, func(r leakFixture, t *testing.T) bool { return r.exec(t, "", "own") }},
	{"a shell that `docker exec` starts, by looking (`/proc/PID/environ`, the file)", true, true, true, func(r leakFixture, t *testing.T) bool { return r.exec(t, "", "look") }},
	{"programs that the workload starts, in the environment that they inherit", true, true, false, leakFixture.child},
	{"other processes of the same user in the container, by looking", true, true, true, func(r leakFixture, t *testing.T) bool { return r.exec(t, sameUser, "look") }},
	{"processes of another user in the container (a file: unless its mode lets them)", false, false, false, func(r leakFixture, t *testing.T) bool { return r.exec(t, otherUser, "look") }},
	{"root of the host", true, true, true, leakFixture.hostRoot},
	{"thv's own files and what it prints, with `--debug` too", false, false, false, leakFixture.thv},
	{"swap, where the host has some", true, true, true, leakFixture.swap},
}

func table() string {
	var b strings.Builder
	b.WriteString("| who can read the value | env | sealed | file |\n| --- | --- | --- | --- |\n")
	for _, l := range leaks {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.who, yes(l.env), yes(l.sealed), yes(l.file))
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func TestLeaks_DocumentHasTheTableThatIsProved(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(text, []byte(tableBegin))
	_, after, closed := bytes.Cut(rest, []byte(tableEnd))
	if !found || !closed {
		t.Fatalf("%s has not both marks of the table", document)
	}
	want := string(before) + tableBegin + table() + tableEnd + string(after)
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s has another table than the one that is proved; run: go test -run Table -update", document)
	}
	if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Each cell of the table is compared with a running container.
func TestLeaks_EveryCellIsAsTheTableSays(t *testing.T) {
	needReal(t)
	if os.Getuid() != 0 {
		t.Skip("looks into the engine's folders and other users' processes, which only root can")
	}
	docker, image := withImage(t, "leakprobe")
	for _, d := range deliveries {
		t.Run(d.name, func(t *testing.T) {
			r := openLeakFixture(t, docker, image, d.options)
			for _, l := range leaks {
				if got := l.sees(r, t); got != d.says(l) {
					t.Errorf("%s: %s, and the table says %s", l.who, yes(got), yes(d.says(l)))
				}
			}
			r.leave(t)
			nothingIsLeft(t, docker, image)
			where := r.search(t, r.roots(t)...)
			if where != "" && d.name == "env" {
				// As the document warns: containerd's database frees the page with the
				// configuration and does not overwrite it.
				t.Logf("after the container's end the value is in %s", where)
			} else if where != "" {
				t.Errorf("after the container's end the value is in %s", where)
			}
		})
	}
}

// An MCP client over standard input and output sees no difference.
func TestDelivery_SealedServerSpeaksMCP(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	r := newLeakFixture(t, docker, image)
	session := connect(t, &mcp.CommandTransport{Command: r.user.command(context.Background(), serverCommand(image, digestOf(r.canary), "--delivery", "sealed", "--read-only")...)})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused {
		t.Errorf("forecast: %s", text)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	nothingIsLeft(t, docker, image)
}

// A missing executable is reported before anything is created.
func TestDelivery_WithoutItsInitSaysWhatIsMissing(t *testing.T) {
	needReal(t)
	docker, image := withImage(t, "leakprobe")
	r := newLeakFixture(t, docker, image)
	lies := program("thv-init-linux-" + runtime.GOARCH)
	if err := os.Rename(lies, lies+".away"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Rename(lies+".away", lies); err != nil {
			t.Error(err)
		}
	}()
	args := []string{"run", "--network", "none", "--pull", "never", "--secret", "weather-key,target=/run/secrets/key", image, "--", "own"}
	if _, code := r.user.run(t, "", true, args...); code != 6 || !strings.Contains(r.user.everythingPrinted(), lies+" is not there: install it") {
		t.Errorf("exit code %d\n%s", code, r.user.everythingPrinted())
	}
	nothingIsLeft(t, docker, image)
}

// A thv that is killed at any moment of a start leaves no value on a disk.
func TestDelivery_KilledAtAnyMomentLeavesNoValueOnDisk(t *testing.T) {
	needReal(t)
	if os.Getuid() != 0 {
		t.Skip("looks into the engine's folders, which only root can")
	}
	docker, image := withImage(t, "leakprobe")
	options := []string{"--delivery", "sealed", "--secret", "weather-key,target=API_KEY", "--secret", "weather-key,target=/run/secrets/key"}
	for i := range 12 {
		r := newLeakFixture(t, docker, image)
		r.kill(t, options, i)
		if where := r.search(t, append(r.roots(t), r.user.home)...); where != "" {
			t.Errorf("killed at moment %d: the value is in %s", i, where)
		}
		names, err := docker.Containers(t.Context(), image)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names { // of a start that has not come to its end
			if err := docker.RemoveContainer(t.Context(), name); err != nil && !strings.Contains(err.Error(), "40") {
				t.Error(err)
			}
		}
	}
}

// search returns the first file in the directories that contains the value of the fixture.
func (r leakFixture) search(t *testing.T, folders ...string) string {
	t.Helper()
	seen, where := 0, ""
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || where != "" {
				return nil // what is going away while this looks
			}
			if entry.IsDir() && entry.Name() == "merged" {
				return filepath.SkipDir // the layers again
			}
			if !entry.Type().IsRegular() {
				return nil
			}
			content, err := os.ReadFile(path)
			if err == nil {
				seen++
			}
			if bytes.Contains(content, []byte(r.canary)) {
				where = path
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if seen == 0 {
		t.Errorf("nothing was looked at below %v", folders)
	}
	return where
}
