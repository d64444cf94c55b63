// Package consent asks the user before a workload gets access that has not been granted to it,
// and before another RunConfig is saved under the name of a workload. It runs before anything
// is resolved, saved or started.
package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Asker tells and asks the user.
type Asker interface {
	// Say tells a sentence.
	Say(format string, args ...any)
	// Attended reports whether there is a user to ask.
	Attended() bool
	// Confirm asks a yes-or-no question.
	Confirm(ctx context.Context, question string) (bool, error)
}

// Grants stores the grants of images and workloads, and the saved RunConfigs.
type Grants interface {
	Ungranted(image string, items []access.Item) ([]access.Item, error)
	UngrantedTo(name, image string, items []access.Item) ([]access.Item, error)
	GrantedElsewhere(image string, items []access.Item) ([]access.Item, error)
	Load(name string) (workload.Spec, error)
}

// Consent asks for consent.
type Consent struct {
	Asker  Asker
	Grants Grants
	// Yes confirms every question.
	Yes bool
	// Piped is true if standard input had a RunConfig and is not the input of a client, so
	// that a question at the terminal does not consume it.
	Piped bool
}

// Ask asks for confirmation of the RunConfig that p would replace, and of the items that were
// not granted. It returns terminal.ErrNothingDone if the user refuses, and a usage error if
// prompting is not possible.
func (c Consent) Ask(ctx context.Context, p describe.Plan, items []access.Item) error {
	if err := c.toReplace(ctx, p); err != nil {
		return err
	}
	missing, err := c.ungranted(p, items)
	if err != nil {
		return err
	}
	return c.To(ctx, p.Saved, p.Spec.Image, missing)
}

// To asks whether image may have missing, in the workload name if it is not empty.
func (c Consent) To(ctx context.Context, name, image string, missing []access.Item) error {
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
	if len(missing) > access.MaxListed && !c.Yes {
		c.list(fmt.Sprintf("Image %s has not had:", shown(image)), missing)
	}
	return c.confirm(ctx, access.List(missing)+verb+whom+", which has not had "+object+" before. Go on?")
}

// Preview prints for a dry run all that a run would ask about.
func (c Consent) Preview(p describe.Plan, items []access.Item) error {
	missing, err := c.ungranted(p, items)
	if err != nil || len(missing) == 0 {
		return err
	}
	c.list(fmt.Sprintf("A run asks first, since image %s has not had:", shown(p.Spec.Image)), missing)
	return nil
}

// Damage returns the error of reading the grants of image, or nil.
func (c Consent) Damage(image string, items []access.Item) error {
	if _, err := c.Grants.Ungranted(image, items); errors.Is(err, secret.ErrCorrupt) {
		return err
	}
	return nil
}

// list prints each item on its own line, so that none is hidden among many others.
func (c Consent) list(heading string, items []access.Item) {
	c.Asker.Say("%s", heading)
	for _, name := range access.Names(items) {
		c.Asker.Say("  %s", shown(name))
	}
}

// ungranted returns the items that were not granted to this workload if it was saved here,
// otherwise to the image of a RunConfig from elsewhere. If the grants cannot be read, it
// returns all items. Options on the command line need no confirmation. A registry's entry
// needs one only if its image would get secrets that were stored for a server with another
// image.
func (c Consent) ungranted(p describe.Plan, items []access.Item) ([]access.Item, error) {
	lookUp := func() ([]access.Item, error) { return c.Grants.Ungranted(p.Spec.Image, items) }
	switch {
	case p.Saved != "":
		lookUp = func() ([]access.Item, error) { return c.Grants.UngrantedTo(p.Saved, p.Spec.Image, items) }
	case p.From == "":
		items = stored(items)
		lookUp = func() ([]access.Item, error) { return c.Grants.GrantedElsewhere(p.Spec.Image, items) }
	}
	if len(items) == 0 {
		return nil, nil
	}
	missing, err := lookUp()
	if errors.Is(err, secret.ErrCorrupt) {
		c.Asker.Say("%v", err)
	}
	if runconfig.Unreachable(err) || errors.Is(err, secret.ErrCorrupt) {
		return access.Unusual(items, nil), nil // as if it had had nothing
	}
	return missing, err
}

// stored returns the items that were stored for a server of the registry.
func stored(items []access.Item) []access.Item {
	return slices.DeleteFunc(slices.Clone(items), func(item access.Item) bool {
		return item.Kind != access.Secret || !strings.HasPrefix(item.Key, secret.SystemPrefix)
	})
}

func (c Consent) confirm(ctx context.Context, question string) error {
	if c.Yes {
		return nil
	}
	// If standard input is a client's, the question would hang it.
	if !c.Asker.Attended() && !c.Piped {
		return secret.Usagef("%w; --yes answers the question: %s", terminal.ErrNoTerminal, question)
	}
	yes, err := c.Asker.Confirm(ctx, question)
	if err == nil && !yes {
		err = terminal.ErrNothingDone
	}
	return err
}

// shown is text as a terminal shows it.
func shown(text string) string { return printable.Quoted(text) }
