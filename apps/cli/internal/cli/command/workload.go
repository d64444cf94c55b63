package command

import (
	"strconv"

	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Outcome is the result of a verb for one workload.
type Outcome struct {
	Name string `json:"name"`
	// Changed is false if there was nothing to do.
	Changed bool `json:"changed"`
	// Status is the workload's afterwards; nil if it has none.
	Status  *status.Status   `json:"status,omitempty"`
	Failure *control.Failure `json:"error,omitempty"`

	// Said is for the user.
	Said string `json:"-"`
	err  error
}

type outcomes struct {
	Workloads []Outcome `json:"workloads"`
}

// maxAtOnce bounds how many workloads are dealt with side by side.
const maxAtOnce = 8

// Each calls do for each of names, concurrently, reports the outcomes, and returns the
// errors of all.
func Each(ctx context.Context, a *app.App, names []string, do func(context.Context, string) (Outcome, error)) error {
	all := make([]Outcome, len(names))
	room := make(chan struct{}, maxAtOnce)
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			all[i], all[i].err = do(ctx, name)
			all[i].Name, all[i].Failure = name, control.NewFailure(all[i].err)
		})
	}
	wait.Wait()
	return report(a, all)
}

func report(a *app.App, all []Outcome) error {
	var errs []error
	for _, o := range all {
		if o.err != nil {
			errs = append(errs, o.err)
		} else if o.Said != "" {
			a.Streams.Say("%s", o.Said)
		}
	}
	if a.Globals.Output == terminal.JSON {
		if err := terminal.WriteJSON(a.Streams.Out, outcomes{all}); err != nil {
			return err
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// NamesOrAll is the check of arguments of a verb that takes names or --all.
func NamesOrAll(all *bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if *all && len(args) > 0 {
			return secret.Usagef("--all and names exclude each other")
		}
		if !*all {
			return Names("NAME", 1, 1000)(cmd, args)
		}
		return nil
	}
}

// maxTimeout is the longest --timeout. A longer one is a mistake, and the greatest
// durations are too long to be added to.
const maxTimeout = 24 * time.Hour

// TimeoutVar adds --timeout: a duration, or a number of seconds.
func TimeoutVar(flags *pflag.FlagSet, timeout *time.Duration, usual time.Duration) {
	*timeout = usual
	flags.Var((*seconds)(timeout), "timeout", "time for a workload to exit: a `duration` such as 30s, or seconds")
}

// seconds is a duration in which a number without a unit is of seconds.
type seconds time.Duration

// String returns the duration.
func (s *seconds) String() string { return time.Duration(*s).String() }

// Type returns the type name of pflag's durations.
func (s *seconds) Type() string { return "duration" }

// Set reads text.
func (s *seconds) Set(text string) error {
	if number, err := strconv.ParseInt(text, 10, 32); err == nil {
		*s = seconds(time.Duration(number) * time.Second)
		return nil
	}
	duration, err := time.ParseDuration(text)
	*s = seconds(duration)
	return err
}

// CheckTimeout returns a usage error if a --timeout is not above zero and at most 24
// hours.
func CheckTimeout(timeout time.Duration) error {
	if timeout <= 0 || timeout > maxTimeout {
		return secret.Usagef("--timeout is a duration above zero and at most 24h, such as 30s")
	}
	return nil
}

// Unique returns names without duplicates.
func Unique(names []string) []string {
	var unique []string
	for _, name := range names {
		if !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	return unique
}

// CompleteWorkloads completes the names of workloads.
func (f *Factory) CompleteWorkloads(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	a, err := f.App()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, _ := a.Statuses.Names() // what cannot be read completes nothing
	saved, _ := a.RunConfigs.List()
	all := Unique(append(names, saved...))
	slices.Sort(all)
	return slices.DeleteFunc(all, func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
}

// Described returns the state, with the detail that a user asks for next.
func Described(st status.Status) string {
	text := string(st.State)
	if st.Other != nil {
		return fmt.Sprintf("%s (%s: %s)", text, st.Other.Program, st.Other.Status)
	}
	if st.State == status.Restarting && st.LastEnd != nil {
		return fmt.Sprintf("%s (after exit code %d)", text, st.LastEnd.ExitCode)
	}
	if st.State == status.Failed && st.LastEnd != nil {
		return fmt.Sprintf("%s (exit code %d)", text, st.LastEnd.ExitCode)
	}
	return text
}
