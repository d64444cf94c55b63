package onepassword

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// This binary is also the op program that the tests of CLI run: where the variable
// fakeOp names a folder it plays the script that lies there. With caller it is a
// program that asks that op.
const (
	fakeOp = "THV_TEST_FAKE_OP"
	caller = "THV_TEST_CALLER"
)

// script is what the op program is to do. With words it says them and ends with
// status; with out it prints that; else it answers from All.
type script struct {
	All    []held
	Words  string
	Status int
	Out    string
	Dial   string // where it hangs until the connection that it makes ends
	Child  bool   // a child of it does, and it waits for that
	Hang   bool
}

// callOf is what the program notes of each of its runs.
type callOf struct {
	Args    []string
	Environ []string
	Stdin   int // bytes
	PID     int
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(fakeOp); dir != "" {
		os.Exit(playOp(dir))
	}
	if dir := os.Getenv(caller); dir != "" {
		fmt.Fprintln(os.Stderr, NewCLI(fakeConfig(CLIConfig{}, dir)).Check(context.Background()))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func playOp(dir string) int {
	var s script
	text, err := os.ReadFile(filepath.Join(dir, "script"))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	noteCall(dir)
	if s.Dial != "" || s.Hang {
		return hangOp(s)
	}
	if s.Words != "" || s.Status != 0 {
		fmt.Fprint(os.Stderr, s.Words)
		return s.Status
	}
	if s.Out != "" {
		fmt.Print(s.Out)
		return 0
	}
	return answerOp(&service{All: s.All}, os.Args[1:])
}

func noteCall(dir string) {
	input, _ := io.ReadAll(os.Stdin)
	line, _ := json.Marshal(callOf{os.Args[1:], os.Environ(), len(input), os.Getpid()})
	file, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, _ = file.Write(append(line, '\n'))
		_ = file.Close()
	}
}

// hangOp never ends by itself. A child of it holds its output too.
func hangOp(s script) int {
	if s.Child && os.Getenv("THV_TEST_CHILD") == "" {
		child := exec.Command(os.Args[0], os.Args[1:]...)
		child.Env = append(os.Environ(), "THV_TEST_CHILD=1")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		fmt.Fprintln(os.Stderr, child.Run())
		return 98
	}
	if s.Dial == "" {
		<-time.After(24 * time.Hour) // without cgo select {} would be a deadlock
	}
	conn, err := net.Dial("tcp", s.Dial)
	if err == nil {
		_, err = io.Copy(io.Discard, conn)
	}
	fmt.Fprintln(os.Stderr, err)
	return 97
}

func answerOp(s *service, args []string) int {
	value := ""
	switch line := strings.Join(args, " "); {
	case strings.HasPrefix(line, "read --no-newline op://") && len(args) == 3:
		found, err := s.resolve(args[2])
		if err != nil {
			return complain(args[2], string(err.Type))
		}
		value = found
	case line == "vault list --format json":
		var all []map[string]any
		for _, v := range s.vaults() {
			all = append(all, map[string]any{"id": v.ID, "name": v.Title, "created_at": "2026-11-01T10:00:00Z"})
		}
		value = asJSON(all)
	case strings.HasPrefix(line, "item list --vault ") && len(args) == 6:
		var all []map[string]any
		for _, i := range s.items(args[3]) {
			all = append(all, map[string]any{"id": i.ID, "title": i.Title, "vault": map[string]any{"id": args[3]}})
		}
		value = asJSON(all)
	case strings.HasPrefix(line, "item get ") && len(args) == 7:
		item := s.item(args[4], args[2])
		fields := []map[string]any{{"id": "nothing", "label": "nothing"}, {"id": "blank", "label": "blank", "value": ""}}
		for _, f := range item.Fields {
			one := map[string]any{"id": f.ID, "label": f.Title, "value": f.Value, "type": "CONCEALED"}
			if f.SectionID != nil {
				one["section"] = map[string]any{"id": *f.SectionID}
			}
			fields = append(fields, one)
		}
		value = asJSON(map[string]any{"id": item.ID, "fields": fields})
	default:
		fmt.Fprintln(os.Stderr, "unexpected:", line)
		return 96
	}
	fmt.Print(value)
	return 0
}

// complain says what op 2 says.
func complain(text, kind string) int {
	parts := strings.Split(strings.TrimPrefix(text, "op://"), "/")
	words := map[string]string{
		"vaultNotFound": fmt.Sprintf("%q isn't a vault in this account. Specify the vault with its ID or name.", parts[0]),
		"itemNotFound":  fmt.Sprintf("could not get item %s/%s: %q isn't an item in the %q vault. Specify the item with its UUID, name, or domain.", parts[0], parts[1], parts[1], parts[0]),
	}[kind]
	if words == "" {
		words = fmt.Sprintf("could not read secret '%s': item '%s/%s' does not have a field '%s'", text, parts[0], parts[1], parts[len(parts)-1])
	}
	fmt.Fprintf(os.Stderr, "[ERROR] 2026/11/24 12:00:00 %s\n", words)
	return 1
}

func asJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// opIn returns a CLI over a fake op in a folder of its own, and the folder.
func opIn(t testing.TB, s script, config CLIConfig) (*CLI, string) {
	t.Helper()
	dir := t.TempDir()
	stage(t, dir, s)
	return NewCLI(fakeConfig(config, dir)), dir
}

// fakeConfig returns config for the fake op in dir.
func fakeConfig(config CLIConfig, dir string) CLIConfig {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	config.Path = self
	// The race detector waits a second at each end of a program.
	config.Environ = append(config.Environ, fakeOp+"="+dir, "GORACE=atexit_sleep_ms=0")
	return config
}

func stage(t testing.TB, dir string, s script) {
	t.Helper()
	temporary := filepath.Join(dir, "next")
	if err := os.WriteFile(temporary, []byte(asJSON(s)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, filepath.Join(dir, "script")); err != nil {
		t.Fatal(err)
	}
}

// callsIn returns the runs that the op in dir has noted.
func callsIn(t testing.TB, dir string) (calls []callOf) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var c callOf
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c)
	}
	return calls
}
