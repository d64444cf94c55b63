package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/runconfig"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// consent asks before a RunConfig of another image is replaced under a name that
// was given, and before one from elsewhere hands something to an image that has
// not had it. Nothing has been resolved, saved or started yet.
func (o options) consent(ctx context.Context, p plan, handed []string) error {
	if err := o.consentToReplace(ctx, p); err != nil {
		return err
	}
	if len(handed) == 0 {
		return nil
	}
	missing, err := o.unheard(p, handed)
	if err != nil || len(missing) == 0 {
		return err
	}
	verb, object := " go to image ", "them"
	if len(missing) == 1 {
		verb, object = " goes to image ", "it"
	}
	return o.ask(ctx, listed(missing)+verb+shown(p.spec.Image)+", which has not had "+object+" before. Go on?")
}

// foretell says of a dry run all that a run would ask about.
func (o options) foretell(p plan, handed []string) error {
	missing, err := o.unheard(p, handed)
	if err != nil || len(missing) == 0 {
		return err
	}
	command.Say(o.app.Streams, "A run asks first, since image %s has not had:", shown(p.spec.Image))
	for _, name := range missing {
		command.Say(o.app.Streams, "  %s", shown(name))
	}
	return nil
}

// unheard are those of handed that the image has not had, all of them where that
// cannot be known. A RunConfig is asked about whoever has put it where it is: what
// was saved here has its grants. A registry's entry is asked about only where its
// image would get what was stored for a server with another one.
func (o options) unheard(p plan, handed []string) ([]string, error) {
	lookUp := o.app.RunConfigs.Ungranted
	if p.from == "" {
		lookUp = o.app.RunConfigs.GrantedElsewhere
		handed = slices.DeleteFunc(slices.Clone(handed), func(name string) bool { return !strings.HasPrefix(name, secret.SystemPrefix) })
	}
	if len(handed) == 0 {
		return nil, nil
	}
	missing, err := lookUp(p.spec.Image, handed)
	if errors.Is(err, secret.ErrCorrupt) {
		command.Say(o.app.Streams, "%v", err)
	}
	if unreachable(err) || errors.Is(err, secret.ErrCorrupt) {
		return handed, nil // as if it had had nothing
	}
	return missing, err
}

// consentToReplace asks before what is saved is lost to another image, and before a
// RunConfig from elsewhere takes the place of what it was not saved from.
func (o options) consentToReplace(ctx context.Context, p plan) error {
	if p.spec.Name == "" || p.apart {
		return nil // it takes a name that is free, or none
	}
	there, err := o.app.RunConfigs.Load(p.spec.Name)
	switch {
	case errors.Is(err, secret.ErrNotFound), unreachable(err), runconfig.Unreadable(err):
		return nil // nothing is replaced, or what is goes aside
	case err != nil:
		return err
	case runconfig.Repository(there.Image) != runconfig.Repository(p.spec.Image):
		return o.ask(ctx, p.spec.Name+" is saved with image "+shown(there.Image)+". Replace it by one with image "+shown(p.spec.Image)+"?")
	case p.from == "" || p.saved != "" || there.SavedFrom == p.spec.SavedFrom || same(there, p.spec):
		return nil
	}
	return o.ask(ctx, p.spec.Name+" is saved with other content, and not from "+shown(p.from)+". Replace it?")
}

// same reports whether saving spec would change nothing of what is there but where it
// comes from.
func same(there, spec workload.Spec) bool {
	spec = spec.WithUnknownOf(there)
	spec.SavedFrom, there.SavedFrom = "", ""
	var before, after strings.Builder
	err := errors.Join(workload.WriteSpec(&before, there), workload.WriteSpec(&after, spec))
	return err == nil && before.String() == after.String()
}

// shown is text as a terminal shows it: what could hide a part of the question, such
// as a line's return or a change of direction, is escaped.
func shown(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}

func (o options) ask(ctx context.Context, question string) error {
	if o.yes {
		return nil
	}
	// Where standard input is a client's, the question would hang it.
	if !o.app.Streams.Attended() && o.from != "-" {
		return terminal.Usagef("%w; --yes answers the question: %s", terminal.ErrNoTerminal, question)
	}
	yes, err := o.app.Streams.Confirm(ctx, question)
	if err == nil && !yes {
		err = command.ErrNothingDone
	}
	return err
}

// save saves what is about to be started, and remembers what its image gets. A
// folder that cannot be written keeps nothing from starting: it is said. One that
// others can write does.
func (o options) save(p plan, handed []string) error {
	var err error
	if !p.apart {
		err = o.saveConfig(p)
	}
	if err != nil && !unreachable(err) {
		return err
	}
	if err != nil {
		command.Say(o.app.Streams, "This run is not saved: %v", err)
	}
	if _, damage := o.app.RunConfigs.Ungranted(p.spec.Image, handed); p.from == "" && errors.Is(damage, secret.ErrCorrupt) {
		command.Say(o.app.Streams, "%v", damage) // before it is written anew
	}
	err = o.app.RunConfigs.Grant(p.spec.Image, handed)
	if err != nil && !unreachable(err) {
		return err
	}
	if err != nil {
		command.Say(o.app.Streams, "What the image gets is not remembered, and may be asked again: %v", err)
	}
	return nil
}

// saveConfig leaves alone what a detached workload is started from.
func (o options) saveConfig(p plan) error {
	name, err := o.app.RunConfigs.NameOf(p.place(), p.spec)
	if err != nil {
		return err
	}
	st, unread := o.app.Statuses.Read(name)
	switch {
	case (unread != nil || !st.Wanted) && !o.app.Statuses.Alive(name):
		return o.keep(p)
	case p.spec.Name != "":
		return fmt.Errorf("%w: %s is a detached workload; thv stop %s ends it, and --name chooses another name", secret.ErrConflict, name, name)
	}
	command.Say(o.app.Streams, "This run is not saved: %s is a detached workload; --name saves it under another name.", name)
	return nil
}

// place is where a run is saved.
func (p plan) place() runconfig.Place {
	return runconfig.Place{Name: cmp.Or(p.spec.Name, p.saved), Server: p.terms.Entry.Server}
}

// keep saves a run.
func (o options) keep(p plan) error {
	kept, err := o.app.RunConfigs.Keep(p.place(), p.spec)
	if err == nil && kept.Aside != "" {
		command.Say(o.app.Streams, "What was saved as %s cannot be read, and is now %s.", kept.Name, kept.Aside)
	}
	return err
}

// unreachable reports whether err is of a folder that is not there for this user,
// such as that of a home that cannot be written.
func unreachable(err error) bool {
	var usage *terminal.UsageError
	return !errors.As(err, &usage) && (errors.Is(err, secret.ErrDenied) || errors.Is(err, secret.ErrUnavailable))
}
