package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"
)

const goldenDir = "testdata/golden"

// TestGolden runs the scripts of testdata/golden and compares what scripts depend on
// (JSON output, exit codes, files) with the transcript beside each. It knows the built
// command only, so that it holds while the packages below it move.
func TestGolden(t *testing.T) {
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	commands := commands()
	commands["record"], commands["recordfile"], commands["recordtree"] = record, recordFile, recordTree
	commands["matches"] = matches
	testscript.Run(t, testscript.Params{
		Dir:   filepath.FromSlash(goldenDir),
		Cmds:  commands,
		Setup: goldenSetup,
		Condition: func(name string) (bool, error) {
			if name != "docker" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return os.Getenv("THV_TEST_DOCKER_HOST") != "" || os.Getenv("THV_REAL") != "", nil
		},
	})
}

// goldenPassword has 32 bytes in base64, which open a store without key derivation.
const goldenPassword = "Jrbj9Mw5dbmnI02NaGLgFLk1Obj4wAHq2oMJe5rii8U="

func goldenSetup(e *testscript.Env) error {
	err := isolate(e)
	e.Setenv("TOOLHIVE_SECRETS_PASSWORD", goldenPassword)
	e.Values["transcript"] = new(bytes.Buffer)
	return err
}

func transcript(ts *testscript.TestScript) *bytes.Buffer {
	return ts.Value("transcript").(*bytes.Buffer)
}

// record runs a command and adds its exit code and output: record thv secret list.
func record(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: record COMMAND [ARGS]")
	}
	end := "exit 0"
	if err := ts.Exec(args[0], args[1:]...); err != nil {
		end = endOf(ts, err)
	}
	m := marksOf(ts)
	fmt.Fprintf(transcript(ts), "$ %s\n%s\n", m.paths(quoted(args)), end)
	section(ts, "stdout", m.output(ts.ReadFile("stdout")))
	section(ts, "stderr", m.errors(ts.ReadFile("stderr")))
	fmt.Fprintln(transcript(ts))
}

// endOf is how a command ended: an exit code, or a signal.
func endOf(ts *testscript.TestScript, err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("ended by the signal %d", status.Signal())
	}
	return fmt.Sprintf("exit %d", exit.ExitCode())
}

// quoted joins arguments as a shell takes them.
func quoted(args []string) string {
	var all []string
	for _, arg := range args {
		if arg == "" || strings.ContainsAny(arg, " \"$;|&<>()") {
			arg = "'" + arg + "'"
		}
		all = append(all, arg)
	}
	return strings.Join(all, " ")
}

func section(ts *testscript.TestScript, title, text string) {
	if text != "" {
		fmt.Fprintf(transcript(ts), "-- %s --\n%s\n", title, strings.TrimSuffix(text, "\n"))
	}
}

// recordFile adds a file and its mode; with -shape only the names and types of a JSON
// object's fields, for a file whose values vary: recordfile [-shape] FILE.
func recordFile(ts *testscript.TestScript, neg bool, args []string) {
	shaped := len(args) == 2 && args[0] == "-shape"
	if neg || len(args) != 1 && !shaped {
		ts.Fatalf("usage: recordfile [-shape] FILE")
	}
	name := args[len(args)-1]
	info, err := os.Stat(ts.MkAbs(name))
	ts.Check(err)
	m := marksOf(ts)
	text := m.output(ts.ReadFile(name))
	if shaped {
		var value any
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &value))
		text = shape("", value)
	}
	fmt.Fprintf(transcript(ts), "file %s %04o\n", m.paths(name), info.Mode().Perm())
	section(ts, "content", text)
	fmt.Fprintln(transcript(ts))
}

// recordTree adds the names and modes of all files and directories below one.
func recordTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: recordtree DIRECTORY")
	}
	top, m := ts.MkAbs(args[0]), marksOf(ts)
	fmt.Fprintf(transcript(ts), "tree %s\n", m.paths(args[0]))
	ts.Check(filepath.WalkDir(top, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == top {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			fmt.Fprintf(transcript(ts), "%v %s\n", info.Mode(), m.output(strings.TrimPrefix(path, top)))
		}
		return err
	}))
	fmt.Fprintln(transcript(ts))
}

// matches compares what was recorded with the golden file of the script, and is the
// last command of each.
func matches(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: matches")
	}
	name := strings.TrimPrefix(ts.Name(), "script-")
	if problem := golden(filepath.Join(goldenRoot, name+".golden"), transcript(ts).Bytes()); problem != "" {
		ts.Fatalf("%s", problem)
	}
}

// goldenRoot is absolute, since a script has a working directory of its own.
var goldenRoot, _ = filepath.Abs(filepath.FromSlash(goldenDir))

// golden returns how got differs from a file, or with -update writes the file.
func golden(path string, got []byte) string {
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			return err.Error()
		}
		return ""
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return err.Error() + "; go test -run Golden -update writes it"
	}
	return string(diff.Diff("want "+filepath.Base(path), want, "got", got))
}
