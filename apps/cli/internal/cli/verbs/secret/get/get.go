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

type options struct {
	app     *app.App
	name    command.StoredName
	args    []string
	newline bool
}

// report is the JSON form. The value is base64 where it is not UTF-8.
type report struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Encoding string `json:"encoding"`
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Print a secret's value",
		Long: `Print the value of NAME, a bare name or a reference such as env://NAME.

A name that another program has stored and that cannot be given as NAME, such as one
with a tab or a space at its end, is given with --name-json.

In a pipe it is exactly the value's bytes; on a terminal, or with --newline, a
line end follows.`,
		Example: `  thv secret get api-key
  thv secret get --name-json '"a\tb"' | thv secret set a-b`,
		Args: o.name.Args,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.args = args
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.name.Flag(cmd)
	cmd.Flags().BoolVar(&o.newline, "newline", false, "end the output with a line end, also in a pipe")
	return cmd
}

func run(ctx context.Context, o options) error {
	ref, name, err := o.name.Ref(o.args, false)
	if err != nil {
		return err
	}
	value, err := o.app.Resolver.Get(ctx, ref)
	if err != nil {
		return err
	}
	out := o.app.Streams.Out
	plaintext := value.Bytes()
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(out, newReport(name, plaintext))
	}
	if o.newline || terminal.IsTerminal(out) {
		plaintext = append(plaintext, '\n')
	}
	_, err = o.app.Streams.Raw().Out.Write(plaintext)
	return err
}

func newReport(name string, plaintext []byte) report {
	if utf8.Valid(plaintext) {
		return report{Name: name, Value: string(plaintext), Encoding: "utf-8"}
	}
	return report{Name: name, Value: base64.StdEncoding.EncodeToString(plaintext), Encoding: "base64"}
}
