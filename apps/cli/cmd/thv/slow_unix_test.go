//go:build !windows

package main

import (
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thv-secrets/thv/apps/cli/cmd/thv/testdata/workload/drip"
)

var slowLine = regexp.MustCompile(`(?m)(\d bytes, \S+ apart): (.*)$`)

// slowly checks that what drip.Print prints of the value is masked, up to its first
// byte if 200 ms follow it: slowly exec VALUE, or slowly log VALUE. A busy machine
// may pause in the middle of a value for longer than it is held back; so each line
// is given five tries, and must be right in one of them.
func slowly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: slowly exec|log VALUE")
	}
	print := map[string]func(*testscript.TestScript) string{"exec": slowExec, "log": slowLog}[args[0]]
	right := map[string]bool{}
	for range 5 {
		text := print(ts)
		if strings.Contains(text, args[1]) {
			ts.Fatalf("the value is in %s", text)
		}
		for _, line := range slowLine.FindAllStringSubmatch(text, -1) {
			left := strings.TrimSuffix(line[2], "[redacted]")
			right[line[1]] = right[line[1]] || left != line[2] && (left == "" || left == args[1][:1] && strings.HasSuffix(line[1], " 200ms apart"))
		}
		missing := 3 * len(drip.Gaps)
		for _, ok := range right {
			if ok {
				missing--
			}
		}
		if missing == 0 {
			return
		}
		ts.Logf("%d of the lines are not right yet: %s", missing, text)
	}
	ts.Fatalf("some lines are not masked in any of five tries: %v", right)
}

func slowExec(ts *testscript.TestScript) string {
	ts.Check(ts.Exec("thv", "exec", "--secret", "api-key", "--", "probe", "drip"))
	return ts.ReadFile("stdout")
}

// slowLog returns the log of a detached container, which is read from its disk.
func slowLog(ts *testscript.TestScript) string {
	ts.Check(ts.Exec("thv", "run", "-d", "--network", "none", "--name", "drip", "--secret", "api-key", ts.Getenv("IMAGE"), "--", "drip"))
	awaitLog(ts, false, []string{"drip", "all of it"})
	ts.Check(ts.Exec("thv", "logs", "drip"))
	text := ts.ReadFile("stdout")
	ts.Check(ts.Exec("thv", "rm", "--force", "drip"))
	return text
}
