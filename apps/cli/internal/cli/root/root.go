// Package root is the command line: the tree of verbs, the options that all of
// them have, and what a failed one prints and returns.
package root

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/former"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/doctor"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/explain"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/export"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/list"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/logs"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/restart"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/rm"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/run"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/service"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/start"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/status"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/stop"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/supervise"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/version"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/buildinfo"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procharden"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Main runs the command line args, without the name of the executable, and returns the exit code.
// An interrupt terminates the process at any moment, as usual, since no file can be left half
// written; only code that must clean up (a prompt, a workload, a provider's process) catches it.
func Main(args []string, streams *terminal.Streams, compose app.Compose) int {
	procharden.DisableDumps()
	ctx, interrupt := context.WithCancelCause(context.Background())
	defer interrupt(nil)
	globals := &app.Globals{Interrupt: interrupt}
	factory := command.NewFactory(globals, streams, procenv.Capture(), compose)
	cmd := newCommand(globals, factory)
	cmd.SetArgs(args)
	cmd.SetIn(streams.In)
	cmd.SetOut(streams.Out)
	cmd.SetErr(streams.Err)
	err := factory.Suggest(ctx, cmd.ExecuteContext(ctx))
	factory.Close()
	if cause := context.Cause(ctx); cause != nil && terminal.OnlyCanceled(err) {
		err = cause
	}
	if wantsJSON(args) {
		globals.Output = terminal.JSON
	}
	terminal.ReportError(streams.Err, globals.Output, err)
	return terminal.ExitCode(err)
}

// Tree returns the commands and flags, to be described. They cannot be run.
func Tree() *cobra.Command {
	globals := &app.Globals{}
	cmd := newCommand(globals, command.NewFactory(globals, terminal.System(), nil, nil))
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	cmd.InitDefaultHelpCmd()
	cmd.InitDefaultCompletionCmd()
	return cmd
}

// columns is the width of the help.
const columns = 80

func newCommand(globals *app.Globals, factory *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:               "thv",
		Short:             "Run MCP servers, containers and processes with their secrets",
		SilenceErrors:     true,
		SilenceUsage:      true,
		Version:           buildinfo.Current().Version,
		Args:              command.NoSuchCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return checkGlobals(cmd, globals) },
	}
	cmd.SetVersionTemplate("thv {{.Version}}\n")
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages |", fmt.Sprintf(".FlagUsagesWrapped %d |", columns)))
	cmd.SetFlagErrorFunc(flagError)
	flags := cmd.PersistentFlags()
	flags.StringVar((*string)(&globals.Output), "output", string(terminal.Text), "output format: text or json")
	flags.BoolVar(&globals.NoInput, "no-input", false, "never prompt")
	flags.BoolVar(&globals.NoResident, "no-resident", false, "do not keep provider processes running between commands")
	flags.BoolVar(&globals.Debug, "debug", false, "log to standard error; values are masked")
	flags.StringVar(&globals.PasswordFile, "password-file", "", "`file` with the encrypted store's password")
	flags.IntVar(&globals.PasswordFD, "password-fd", -1, "file `descriptor` to read the encrypted store's password from")
	cmd.AddCommand(
		secretGroup(factory),
		run.NewCommand(factory, nil),
		registryGroup(factory),
		exec.NewCommand(factory, nil),
		doctor.NewCommand(factory, nil),
		explain.NewCommand(factory, nil),
		export.NewCommand(factory, nil),
		list.NewCommand(factory, nil),
		status.NewCommand(factory, nil),
		logs.NewCommand(factory, nil),
		stop.NewCommand(factory, nil),
		start.NewCommand(factory, nil),
		restart.NewCommand(factory, nil),
		rm.NewCommand(factory, nil),
		service.NewCommand(factory, nil),
		supervise.NewCommand(factory, nil),
		version.NewCommand(factory),
	)
	return cmd
}

// wantsJSON reads --output on its own, for errors that come before it is parsed.
func wantsJSON(args []string) bool {
	for i, arg := range args {
		switch {
		case arg == "--":
			return false
		case arg == "--output=json", arg == "--output" && i+1 < len(args) && args[i+1] == "json":
			return true
		}
	}
	return false
}

func checkGlobals(cmd *cobra.Command, g *app.Globals) error {
	if cmd.Flags().Changed("password-fd") && (g.PasswordFD < 0 || g.PasswordFD == 1 || g.PasswordFD == 2) {
		return secret.Usagef("--password-fd is a descriptor to read from: 0, or 3 and above")
	}
	if g.Output != terminal.Text && g.Output != terminal.JSON {
		g.Output = terminal.Text
		return secret.Usagef("--output is text or json")
	}
	if g.PasswordFile != "" && g.PasswordFD >= 0 {
		return secret.Usagef("--password-file and --password-fd exclude each other")
	}
	return nil
}

// flagError converts an error of pflag to a usage error. It omits a cluster of short flags, which
// may be a value that begins with '-'.
func flagError(cmd *cobra.Command, err error) error {
	text, _, _ := strings.Cut(err.Error(), " in -")
	if name, cut := strings.CutPrefix(text, "unknown flag: "); cut {
		name, _, _ = strings.Cut(name, "=")
		text = "unknown flag: " + name
		if now := former.Flag(strings.TrimLeft(name, "-")); now != "" {
			return secret.Usagef("%s; %s", text, now)
		}
	}
	return &secret.UsageError{Err: errors.New(text + "; see: " + cmd.CommandPath() + " --help")}
}
