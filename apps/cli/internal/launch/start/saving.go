package start

import (
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
)

// saving is the state of saving a run after its start.
type saving struct {
	foreground Foreground
	plan       describe.Plan
	items      []access.Item
	// unsaved is true if the run is not saved, which was reported.
	unsaved bool
}

// prepareSaving records the items that the image will get, and checks that the run can be saved
// after its start. If the directory is not writable, it reports that and the run starts. If
// others can write to the directory, it returns an error.
func (f Foreground) prepareSaving(p describe.Plan, items []access.Item) (*saving, error) {
	s := &saving{foreground: f, plan: p, items: items, unsaved: p.Apart}
	var err error
	if !p.Apart {
		err = s.check()
	}
	if err != nil && !runconfig.Unreachable(err) {
		return nil, err
	}
	if err != nil {
		s.unsaved = true
		f.say("This run is not saved: %v", err)
	}
	if damage := f.Consent.Damage(p.Spec.Image, items); p.From == "" && damage != nil {
		f.say("%v", damage) // before it is overwritten
	}
	err = f.RunConfigs.Grant(p.Spec.Image, access.Granted(items))
	if err != nil && !runconfig.Unreachable(err) {
		return nil, err
	}
	if err != nil {
		f.say("What the image gets is not remembered, and may be asked again: %v", err)
	}
	return s, nil
}

// savable refuses, before anything is asked, a run that prepareSaving would refuse.
func (f Foreground) savable(p describe.Plan) error {
	if p.Apart {
		return nil
	}
	name, err := f.RunConfigs.NameOf(p.SaveTarget(), p.Spec)
	if err == nil && f.Names.Keeps(name) == "" {
		err = f.RunConfigs.Check(p.Spec)
	}
	if runconfig.Unreachable(err) {
		return nil
	}
	return err
}

// check checks that the run can be saved. If the saved RunConfig of a detached workload must be
// kept, the run is not saved, and check reports that.
func (s *saving) check() error {
	f, p := s.foreground, s.plan
	name, err := f.RunConfigs.NameOf(p.SaveTarget(), p.Spec)
	if err != nil {
		return err
	}
	if err := f.conflict(p); err != nil {
		return err
	}
	reason := f.Names.Keeps(name)
	if reason == "" {
		return f.RunConfigs.Check(p.Spec)
	}
	s.unsaved = true
	f.say("This run is not saved: %s", reason)
	return nil
}

// started saves the run, which runs by now.
func (s *saving) started() error {
	if s.unsaved {
		return nil
	}
	f, p := s.foreground, s.plan
	kept, err := f.RunConfigs.KeepGranted(p.SaveTarget(), p.Spec, access.Granted(s.items))
	if kept.Aside != "" {
		f.say("What was saved as %s cannot be read, and is now %s.", kept.Name, kept.Aside)
	}
	if runconfig.Unreachable(err) {
		f.say("This run is not saved: %v", err)
		return nil
	}
	return err
}
