package impact

import (
	"fmt"
	"strings"
)

// String returns a line for the user.
func (w Workload) String() string {
	state := "stopped"
	if w.Running {
		state = "running"
	}
	return fmt.Sprintf("%s (%s) %s", w.Name, state, w.happens())
}

func (w Workload) happens() string {
	switch w.Effect {
	case Restarts:
		return "restarts, if this value is new to it"
	case Signal:
		text := "gets the signal " + w.Signal + ", if this value is new to it"
		if len(w.Variables) > 0 {
			text += fmt.Sprintf(", and keeps the old one in %s until: thv restart %s", strings.Join(w.Variables, ", "), w.Name)
		}
		return text
	case Keeps:
		return "keeps the old value until: thv restart " + w.Name
	case Lacks:
		if w.Running {
			return "keeps the value until it ends, and does not find it at its next start"
		}
		return "does not find it at its next start"
	}
	return "gets it at its next start"
}
