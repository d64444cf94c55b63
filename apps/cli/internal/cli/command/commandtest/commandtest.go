// Package commandtest tests the arguments and options of verbs without running them.
package commandtest

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Case is a command line of a verb whose options are O.
type Case[O any] struct {
	// Args are separated by spaces.
	Args string
	// Want are the options of the command line.
	Want O
	// Wrong is a part of the usage error that the verb returns before it runs; empty if the
	// command line is right.
	Wrong string
}

// NewCommand is the constructor of a verb whose options are O.
type NewCommand[O any] func(f *command.Factory, runF func(*O) error) *cobra.Command

// Table tests that each of cases leads to its options or to its error. The program is never
// composed, so that nothing runs. The fields of O are exported: they are what the command
// line says, and nothing else.
func Table[O any](t *testing.T, verb NewCommand[O], cases ...Case[O]) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[O]()) {
		if !field.IsExported() && len(field.Index) == 1 {
			t.Errorf("got the unexported field %s in the options, want exported ones only", field.Name)
		}
	}
	for _, c := range cases {
		t.Run(c.Args, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(verb, strings.Fields(c.Args)...)
			switch {
			case c.Wrong != "" && (err == nil || !strings.Contains(err.Error(), c.Wrong)):
				t.Errorf("got %v, want an error with %q", err, c.Wrong)
			case c.Wrong == "" && err != nil:
				t.Errorf("got %v, want nil", err)
			case c.Wrong == "" && !reflect.DeepEqual(*got, c.Want):
				t.Errorf("got %+v, want %+v", *got, c.Want)
			}
		})
	}
}

// Parse returns the options that verb would run with.
func Parse[O any](verb NewCommand[O], args ...string) (*O, error) {
	var got *O
	streams := &terminal.Streams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	factory := command.NewFactory(&app.Globals{}, streams, procenv.New(nil), nil)
	cmd := verb(factory, func(o *O) error { got = o; return nil })
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.Execute()
	if err == nil && got == nil {
		err = errors.New("the verb did something else than run")
	}
	return got, err
}
