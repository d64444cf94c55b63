package unlock

// Kind is the kind of a source.
type Kind int

// The kinds, in the order in which the chain has them.
const (
	KindGiven Kind = iota
	KindKeyring
	KindFallback
	KindPrompt
)

// State is what a diagnosis found a source in.
type State int

// The states, the better ones later.
const (
	// Absent: this machine or session has no such thing.
	Absent State = iota
	// Empty: it works and has nothing.
	Empty
	// Broken: it is locked, does not answer, or cannot be read.
	Broken
	// Invalid: it has a password that does not open the store.
	Invalid
	// StoreUnreadable: it has a password, and the store could not be read to try it.
	StoreUnreadable
	// Unverified: it has a password, and there is no store to try it on.
	Unverified
	// Interactive: a user can be asked.
	Interactive
	// Valid: it has a password that opens the store.
	Valid
)

func (s State) better(other State) bool { return s > other }

// SourceStatus is the state of one source. It holds no password.
type SourceStatus struct {
	// PasswordSource is its name for messages.
	Source string
	Kind   Kind
	State  State
	// Lasting is whether a keyring's passwords survive a reboot.
	Lasting bool
	// Err says why the State is Absent, Empty, Broken or StoreUnreadable; else it is
	// nil.
	Err error
}

// Reason is why the source is in its state; empty if the state says it all.
func (f SourceStatus) Reason() string {
	if f.Err == nil {
		return ""
	}
	return reason(f.Err)
}

// Diagnosis has the state of every source, in the chain's order.
type Diagnosis struct {
	Sources []SourceStatus
	// Exists is whether there is a store.
	Exists bool
}

// Outcome returns the source that decides a command which needs the password, and
// whether that command succeeds: it opens the store, or creates a missing one. If
// no source decides, the SourceStatus is the zero one.
func (s Diagnosis) Outcome() (by SourceStatus, ok bool) {
	for _, f := range s.Sources {
		decided := f.decidesExisting
		if !s.Exists {
			decided = f.decidesNew
		}
		if decides, ok := decided(); decides {
			return f, ok
		}
	}
	return SourceStatus{}, false
}

// decidesExisting restates SourceChain.Key, and how the store treats the passwords.
func (f SourceStatus) decidesExisting() (decides, ok bool) {
	switch f.State {
	case Valid, Interactive:
		return true, true
	case StoreUnreadable:
		return true, false
	case Invalid:
		return f.Kind != KindKeyring, false
	case Broken:
		return f.Kind == KindGiven, false
	}
	return false, false
}

// decidesNew is SourceChain.NewKey.
func (f SourceStatus) decidesNew() (decides, ok bool) {
	switch f.State {
	case Unverified:
		return f.Kind != KindKeyring || f.Lasting, true
	case Interactive:
		return true, true
	case Empty:
		return f.Kind == KindKeyring && f.Lasting, true
	case Broken:
		return true, false
	}
	return false, false
}
