package run

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/runconfig"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
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
	if unreachable(err) {
		missing, err = slices.Clone(handed), nil // as if it had had nothing
	}
	if err != nil || len(missing) == 0 {
		return err
	}
	verb, object := " go to image ", "them"
	if len(missing) == 1 {
		verb, object = " goes to image ", "it"
	}
	for i, name := range missing {
		missing[i] = shown(name)
	}
	return o.ask(ctx, strings.Join(missing, ", ")+verb+shown(p.spec.Image)+", which has not had "+object+" before. Go on?")
}

// unheard are those of handed that the image has not had. A RunConfig is asked
// about whoever has put it where it is: what was saved here has its grants. A
// registry's entry is asked about only where its image would get what was stored
// for a server with another one.
func (o options) unheard(p plan, handed []string) ([]string, error) {
	if p.from != "" {
		return o.app.RunConfigs.Ungranted(p.spec.Image, handed)
	}
	var stored []string
	for _, name := range handed {
		if strings.HasPrefix(name, secret.SystemPrefix) {
			stored = append(stored, name)
		}
	}
	if len(stored) == 0 {
		return nil, nil
	}
	return o.app.RunConfigs.GrantedElsewhere(p.spec.Image, stored)
}

func (o options) consentToReplace(ctx context.Context, p plan) error {
	if p.spec.Name == "" {
		return nil
	}
	there, err := o.app.RunConfigs.Load(p.spec.Name)
	if errors.Is(err, secret.ErrNotFound) || unreachable(err) {
		return nil // and so is not replaced
	}
	if err != nil || runconfig.Repository(there.Image) == runconfig.Repository(p.spec.Image) {
		return err
	}
	return o.ask(ctx, p.spec.Name+" is saved with image "+shown(there.Image)+". Replace it by one with image "+shown(p.spec.Image)+"?")
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
// others can write does, and so does a damaged file.
func (o options) save(p plan, handed []string) error {
	err := o.saveConfig(p)
	if err != nil && !unreachable(err) {
		return err
	}
	if err != nil {
		command.Say(o.app.Streams, "This run is not saved: %v", err)
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

func (o options) saveConfig(p plan) (err error) {
	name, err := o.nameOf(p)
	if err != nil {
		return err
	}
	return o.app.RunConfigs.Save(name, p.spec)
}

// nameOf is the name that a run is saved under.
func (o options) nameOf(p plan) (name string, err error) {
	name = p.spec.Name
	if name == "" {
		name = p.saved
	}
	switch {
	case name != "":
	case p.terms.Entry.Server != "":
		name, err = o.app.RunConfigs.NameForServer(p.terms.Entry.Server, p.spec.Image)
	default:
		name, err = o.app.RunConfigs.NameFor(p.spec.Image)
	}
	return name, err
}

// unreachable reports whether err is of a folder that is not there for this user,
// such as that of a home that cannot be written.
func unreachable(err error) bool {
	var usage *terminal.UsageError
	return !errors.As(err, &usage) && (errors.Is(err, secret.ErrDenied) || errors.Is(err, secret.ErrUnavailable))
}
