// Package command has the code that the verbs share. Each verb is a package in verbs, with an
// exported Options struct, NewCommand, which sets it from the command line, and a function that
// does the work.
package command

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/former"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/suggest"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Factory composes the program for a verb, after its options have been read.
type Factory struct {
	globals *app.Globals
	streams *terminal.Streams
	environ *procenv.Environ
	compose app.Compose
	made    []*app.App
}

// NewFactory returns a Factory. The globals are read when App is called.
func NewFactory(g *app.Globals, s *terminal.Streams, e *procenv.Environ, c app.Compose) *Factory {
	return &Factory{globals: g, streams: s, environ: e, compose: c}
}

// App composes the program.
func (f *Factory) App() (*app.App, error) {
	f.streams.NoInput = f.globals.NoInput || f.environ.Get("CI") != ""
	made, err := f.compose(*f.globals, f.streams, f.environ)
	if err == nil {
		f.made = append(f.made, made)
	}
	return made, err
}

// Close ends what the providers of the program hold open.
func (f *Factory) Close() {
	for _, made := range f.made {
		made.Close()
	}
}

// NoResident has this command leave no provider's program behind.
func (f *Factory) NoResident() { f.globals.NoResident = true }

// NoInput forbids prompts in this command.
func (f *Factory) NoInput() { f.globals.NoInput = true }

// InheritPassword gives this command the store's password that its starter handed over.
func (f *Factory) InheritPassword(password secret.Value) { f.globals.InheritedPassword = password }

// KeepPassword has the password that this command is given kept in a keyring.
func (f *Factory) KeepPassword() { f.globals.KeepPassword = true }

// IgnoreConfigErrors composes this command as without a configuration file if that
// cannot be used.
func (f *Factory) IgnoreConfigErrors() { f.globals.IgnoreConfigErrors = true }

// RecoveryFlag gives cmd, which may make a store, the option for its recovery
// key.
func (f *Factory) RecoveryFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.globals.RecoveryFile, "recovery-key-file", "",
		"new `file` for the recovery key of a store that is made")
}

// ReplaceRecovery makes the recovery key that this command makes the store's only one.
func (f *Factory) ReplaceRecovery() { f.globals.ReplaceRecovery = true }

// Streams are the command's.
func (f *Factory) Streams() *terminal.Streams { return f.streams }

// Output is the form of output asked for.
func (f *Factory) Output() terminal.Format { return f.globals.Output }

// NoSuchCommand checks the arguments of a command that only groups others. Its error does not
// repeat the argument, which may be a value, and suggests a verb that deletes data only if the
// argument has the same meaning.
func NoSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if now := former.Verb(cmd.CommandPath(), args[0]); now != "" {
		return secret.Usagef("no such command; %s", now)
	}
	meant := func(group *cobra.Command, verb string) error {
		return secret.Usagef("no such command; did you mean: %s %s", group.CommandPath(), verb)
	}
	if verb := suggest.SameUse(args[0], verbs(cmd)); verb != "" {
		return meant(cmd, verb)
	}
	for _, group := range cmd.Commands() { // thv get is thv secret get
		if slices.Contains(verbs(group), args[0]) {
			return meant(group, args[0])
		}
	}
	if verb := suggest.Verb(args[0], verbs(cmd)); verb != "" {
		return meant(cmd, verb)
	}
	return secret.Usagef("no such command; see: %s --help", cmd.CommandPath())
}

// verbs are the names of the commands below cmd that its help lists.
func verbs(cmd *cobra.Command) (names []string) {
	for _, verb := range cmd.Commands() {
		if verb.IsAvailableCommand() {
			names = append(names, verb.Name())
		}
	}
	return names
}

// NoArgs checks a verb without arguments. Unlike cobra's check, its error does not repeat them.
var NoArgs = Names("", 0, 0)

// Names returns a check for between least and most arguments that are named
// what. It does not repeat the arguments.
func Names(what string, least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return secret.Usagef("%s is missing; see: %s --help", what, cmd.CommandPath())
		}
		if len(args) > most {
			return secret.Usagef("too many arguments; see: %s --help", cmd.CommandPath())
		}
		return nil
	}
}

// ParseRef reads a reference from the command line. If system is set, it accepts system
// names only, and otherwise none.
func ParseRef(text string, system bool) (secret.Ref, error) {
	parse := secret.ParseRef
	if system {
		parse = secret.ParseSystemRef
	}
	ref, err := parse(text)
	if err != nil {
		return secret.Ref{}, fmt.Errorf("the secret's name: %w", err)
	}
	return ref, nil
}
