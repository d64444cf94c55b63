package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/root"
)

// TestGoldenHelp compares the verbs, and each verb's flags with shorthand, type and
// default, with testdata/golden/help.golden; it leaves out the prose.
func TestGoldenHelp(t *testing.T) {
	var got bytes.Buffer
	describe(&got, root.Tree())
	if problem := golden(filepath.Join(goldenRoot, "help.golden"), got.Bytes()); problem != "" {
		t.Errorf("got other verbs or flags:\n%s", problem)
	}
}

func describe(w *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprint(w, cmd.CommandPath())
	if cmd.Hidden {
		fmt.Fprintln(w, " (hidden)")
		return // what the program tells itself
	}
	if len(cmd.Aliases) > 0 {
		fmt.Fprintf(w, " aliases %q", cmd.Aliases)
	}
	fmt.Fprintln(w)
	describeFlags(w, "", cmd.LocalNonPersistentFlags())
	describeFlags(w, " (for all below)", cmd.PersistentFlags())
	for _, verb := range cmd.Commands() {
		describe(w, verb)
	}
}

func describeFlags(w *bytes.Buffer, note string, flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		fmt.Fprintf(w, "  --%s", flag.Name)
		if flag.Shorthand != "" {
			fmt.Fprintf(w, " -%s", flag.Shorthand)
		}
		fmt.Fprintf(w, " %s default=%q", flag.Value.Type(), flag.DefValue)
		if flag.NoOptDefVal != "" {
			fmt.Fprintf(w, " alone=%q", flag.NoOptDefVal)
		}
		if flag.Hidden {
			fmt.Fprint(w, " (hidden)")
		}
		fmt.Fprintln(w, note)
	})
}
