package run

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// saving is what becomes of a run once it has started.
type saving struct {
	options options
	plan    plan
	items   []access.Item
	// unsaved is whether it is not saved, which was said.
	unsaved bool
}

// prepareSaving remembers what the image is about to get, and checks that the run can
// be saved once it has started. A directory that cannot be written keeps nothing from
// starting: it is said. One that others can write does.
func (o options) prepareSaving(p plan, items []access.Item) (*saving, error) {
	s := &saving{options: o, plan: p, items: items, unsaved: p.apart}
	var err error
	if !p.apart {
		err = s.check()
	}
	if err != nil && !unreachable(err) {
		return nil, err
	}
	if err != nil {
		s.unsaved = true
		o.app.Streams.Say("This run is not saved: %v", err)
	}
	if _, damage := o.app.RunConfigs.Ungranted(p.spec.Image, items); p.from == "" && errors.Is(damage, secret.ErrCorrupt) {
		o.app.Streams.Say("%v", damage) // before it is written anew
	}
	err = o.app.RunConfigs.Grant(p.spec.Image, access.Granted(items))
	if err != nil && !unreachable(err) {
		return nil, err
	}
	if err != nil {
		o.app.Streams.Say("What the image gets is not remembered, and may be asked again: %v", err)
	}
	return s, nil
}

// blocked refuses a name that another workload has, before anything is asked: its
// container has it, and what is saved under it is what it is started from again.
func (o options) blocked(p plan) error {
	name := p.spec.Name
	if name == "" || o.inject.DryRun() {
		return nil
	}
	if o.app.Statuses.Alive(name) {
		return running(name)
	}
	st, err := o.app.Statuses.Read(name)
	switch {
	case p.apart: // which is not saved
		return nil
	case errors.Is(err, status.ErrLater):
		return err
	case err == nil && st.Wanted:
		return fmt.Errorf("%w: %s is a detached workload; thv stop %s ends it, and --name chooses another name", secret.ErrConflict, name, name)
	}
	return nil
}

// check leaves alone what a detached workload is started from.
func (s *saving) check() error {
	o, p := s.options, s.plan
	name, err := o.app.RunConfigs.NameOf(p.place(), p.spec)
	if err != nil {
		return err
	}
	st, unread := o.app.Statuses.Read(name)
	if err := o.blocked(p); err != nil {
		return err
	}
	switch {
	case errors.Is(unread, status.ErrLater):
		s.unsaved = true
		o.app.Streams.Say("This run is not saved: %v", unread)
		return nil
	case (unread != nil || !st.Wanted) && !o.app.Statuses.Alive(name):
		return o.app.RunConfigs.Check(p.spec)
	}
	s.unsaved = true
	o.app.Streams.Say("This run is not saved: %s is a detached workload; --name saves it under another name.", name)
	return nil
}

// started saves the run, which runs by now.
func (s *saving) started() error {
	if s.unsaved {
		return nil
	}
	o, p := s.options, s.plan
	kept, err := o.app.RunConfigs.KeepGranted(p.place(), p.spec, access.Granted(s.items))
	sayAside(o, kept)
	if unreachable(err) {
		o.app.Streams.Say("This run is not saved: %v", err)
		return nil
	}
	return err
}

func sayAside(o options, kept runconfig.Kept) {
	if kept.Aside != "" {
		o.app.Streams.Say("What was saved as %s cannot be read, and is now %s.", kept.Name, kept.Aside)
	}
}

// place is where a run is saved.
func (p plan) place() runconfig.Place {
	return runconfig.Place{Name: cmp.Or(p.spec.Name, p.saved), Server: p.terms.Entry.Server}
}
