package unlock

// Kind is what sort of rung a Finding is of.
type Kind int

// The kinds, in the order in which the ladder has them.
const (
	KindGiven Kind = iota
	KindKeyring
	KindFallback
	KindPerson
)

// State is what a survey found a rung in.
type State int

// The states, the better ones later.
const (
	// Absent: this machine or session has no such thing.
	Absent State = iota
	// Empty: it works and has nothing.
	Empty
	// Broken: it is locked, does not answer, or cannot be read.
	Broken
	// Wrong: it has a password that does not open the store.
	Wrong
	// Unreadable: it has a password, and the store could not be read to try it.
	Unreadable
	// Untried: it has a password, and there is no store to try it on.
	Untried
	// Asks: a person can be asked.
	Asks
	// Fits: it has a password that opens the store.
	Fits
)

func (s State) better(other State) bool { return s > other }

// Finding is what a survey found at one rung. It holds no password.
type Finding struct {
	// Rung is its name for messages.
	Rung  string
	Kind  Kind
	State State
	// Lasting is whether a keyring's passwords survive a reboot.
	Lasting bool
	// Err says why the State is Absent, Empty, Broken or Unreadable; else it is
	// nil.
	Err error
}

// Reason is why the rung is in its state, where the state alone does not say it.
func (f Finding) Reason() string {
	if f.Err == nil {
		return ""
	}
	return reason(f.Err)
}

// Survey is what every rung was found in, in the ladder's order.
type Survey struct {
	Findings []Finding
	// Exists is whether there is a store.
	Exists bool
}

// Decides returns the rung that decides a command which needs the password, and
// whether that command gets on: it opens the store, or makes it where there is
// none. Where no rung decides, the Finding is the zero one.
func (s Survey) Decides() (by Finding, ok bool) {
	for _, f := range s.Findings {
		decided := f.decidesExisting
		if !s.Exists {
			decided = f.decidesNew
		}
		if decides, ok := decided(); decides {
			return f, ok
		}
	}
	return Finding{}, false
}

// decidesExisting is Ladder.Key, and what the store makes of its answers.
func (f Finding) decidesExisting() (decides, ok bool) {
	switch f.State {
	case Fits, Asks:
		return true, true
	case Unreadable:
		return true, false
	case Wrong:
		return f.Kind != KindKeyring, false
	case Broken:
		return f.Kind == KindGiven, false
	}
	return false, false
}

// decidesNew is Ladder.NewKey.
func (f Finding) decidesNew() (decides, ok bool) {
	switch f.State {
	case Untried:
		return f.Kind != KindKeyring || f.Lasting, true
	case Asks:
		return true, true
	case Empty:
		return f.Kind == KindKeyring && f.Lasting, true
	case Broken:
		return true, false
	}
	return false, false
}
