// Package get is thv secret get.
package get

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Options are the arguments and options of the verb.
type Options struct {
	Name    command.StoredName
	Args    []string
	Newline bool
}

// report is the JSON form. The value is base64 if it is not UTF-8.
type report struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Encoding string `json:"encoding"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Print a secret's value",
		Long: `Print the value of NAME, a bare name or a reference such as env://NAME.

Use --name-json for a name that another program has stored and that is not a
valid NAME, such as one with a tab or a space at its end.

In a pipe, the output is exactly the value's bytes; on a terminal, or with
--newline, a newline follows.`,
		Example: `  # Print the value of api-key
  thv secret get api-key

  # Copy a secret whose name has a tab to another name
  thv secret get --name-json '"a\tb"' | thv secret set a-b`,
		Args: o.Name.Args,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Args = args
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	o.Name.Flag(cmd)
	cmd.Flags().BoolVar(&o.Newline, "newline", false, "end the output with a newline, also in a pipe")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	ref, name, err := o.Name.Ref(o.Args, false)
	if err != nil {
		return err
	}
	value, err := a.Resolver.Get(ctx, ref)
	if err != nil {
		return err
	}
	out := a.Streams.Out
	plaintext := value.Bytes()
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(out, newReport(name, plaintext))
	}
	if o.Newline || terminal.IsTerminal(out) {
		plaintext = append(plaintext, '\n')
	}
	_, err = a.Streams.Raw().Out.Write(plaintext)
	return err
}

func newReport(name string, plaintext []byte) report {
	if utf8.Valid(plaintext) {
		return report{Name: name, Value: string(plaintext), Encoding: "utf-8"}
	}
	return report{Name: name, Value: base64.StdEncoding.EncodeToString(plaintext), Encoding: "base64"}
}
