package root

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func TestHelp_HasACommentedExampleForEveryVerb(t *testing.T) {
	eachVerb(t, func(t *testing.T, cmd *cobra.Command) {
		if cmd.HasAvailableSubCommands() {
			return
		}
		comments, commands := 0, 0
		for line := range strings.SplitSeq(cmd.Example, "\n") {
			switch text := strings.TrimSpace(line); {
			case strings.HasPrefix(text, "# "):
				comments++
			case strings.Contains(text, cmd.CommandPath()):
				commands++
			}
		}
		if comments == 0 || commands == 0 {
			t.Errorf("got an example with %d comments and %d commands, want at least one of each:\n%s", comments, commands, cmd.Example)
		}
	})
}

func TestHelp_FitsIn80Columns(t *testing.T) {
	eachVerb(t, func(t *testing.T, cmd *cobra.Command) {
		var help bytes.Buffer
		cmd.SetOut(&help)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(help.String(), "\n") {
			if got := utf8.RuneCountInString(line); got > columns {
				t.Errorf("got a line of %d columns, want at most %d: %s", got, columns, line)
			}
		}
	})
}

// eachVerb runs check for every command that is not hidden and not cobra's own.
func eachVerb(t *testing.T, check func(*testing.T, *cobra.Command)) {
	t.Helper()
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if sub.Hidden || sub.Name() == "help" || sub.Name() == "completion" {
				continue
			}
			t.Run(sub.CommandPath(), func(t *testing.T) { check(t, sub) })
			visit(sub)
		}
	}
	visit(Tree())
}
