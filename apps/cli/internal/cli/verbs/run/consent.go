package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// consent asks before what is saved is replaced by something else under a name that was
// given, and before the workload gets what it has not been granted. Nothing has been
// resolved, saved or started yet.
func (o options) consent(ctx context.Context, p plan, items []access.Item) error {
	if err := o.consentToReplace(ctx, p); err != nil {
		return err
	}
	missing, err := o.ungranted(p, items)
	if err != nil {
		return err
	}
	return o.consentTo(ctx, p.saved, p.spec.Image, missing)
}

// consentTo asks whether image may have missing, in the workload name if that is one.
func (o options) consentTo(ctx context.Context, name, image string, missing []access.Item) error {
	if len(missing) == 0 {
		return nil
	}
	verb, object := " go to image ", "them"
	if len(missing) == 1 && missing[0].Kind != access.Arguments {
		verb, object = " goes to image ", "it"
	}
	whom := shown(image)
	if name != "" {
		whom += " in workload " + name
	}
	if len(missing) > access.MaxListed && !o.yes {
		o.list(fmt.Sprintf("Image %s has not had:", shown(image)), missing)
	}
	return o.ask(ctx, access.List(missing)+verb+whom+", which has not had "+object+" before. Go on?")
}

// foretell says of a dry run all that a run would ask about.
func (o options) foretell(p plan, items []access.Item) error {
	missing, err := o.ungranted(p, items)
	if err != nil || len(missing) == 0 {
		return err
	}
	o.list(fmt.Sprintf("A run asks first, since image %s has not had:", shown(p.spec.Image)), missing)
	return nil
}

// list prints every item on a line of its own: no item is hidden behind many others.
func (o options) list(heading string, items []access.Item) {
	o.app.Streams.Say("%s", heading)
	for _, name := range access.Names(items) {
		o.app.Streams.Say("  %s", shown(name))
	}
}

// ungranted are those of items that were not consented to, all of them where that
// cannot be known: for this workload, if it was saved here, else for the image of a
// RunConfig from elsewhere. What the command line says is consented to by that; a
// registry's entry is asked about only where its image would get what was stored for a
// server with another one.
func (o options) ungranted(p plan, items []access.Item) ([]access.Item, error) {
	lookUp := func() ([]access.Item, error) { return o.app.RunConfigs.Ungranted(p.spec.Image, items) }
	switch {
	case p.saved != "":
		lookUp = func() ([]access.Item, error) { return o.app.RunConfigs.UngrantedTo(p.saved, p.spec.Image, items) }
	case p.from == "":
		items = stored(items)
		lookUp = func() ([]access.Item, error) { return o.app.RunConfigs.GrantedElsewhere(p.spec.Image, items) }
	}
	if len(items) == 0 {
		return nil, nil
	}
	missing, err := lookUp()
	if errors.Is(err, secret.ErrCorrupt) {
		o.app.Streams.Say("%v", err)
	}
	if unreachable(err) || errors.Is(err, secret.ErrCorrupt) {
		return access.Unusual(items, nil), nil // as if it had had nothing
	}
	return missing, err
}

func (o options) ask(ctx context.Context, question string) error {
	if o.yes {
		return nil
	}
	// Where standard input is a client's, the question would hang it.
	if !o.app.Streams.Attended() && o.from != "-" {
		return secret.Usagef("%w; --yes answers the question: %s", terminal.ErrNoTerminal, question)
	}
	yes, err := o.app.Streams.Confirm(ctx, question)
	if err == nil && !yes {
		err = command.ErrNothingDone
	}
	return err
}

// unreachable reports whether err is of a folder that is not there for this user,
// such as that of a home that cannot be written.
func unreachable(err error) bool {
	return !errors.Is(err, secret.ErrUsage) && (errors.Is(err, secret.ErrDenied) || errors.Is(err, secret.ErrUnavailable))
}
