// Package status keeps the state of each detached workload: a status file that its
// supervisor writes, and a lock that the supervisor holds while it is alive. Only the
// lock tells whether a supervisor is alive, so that no status file can claim it.
package status

import (
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// Schema is the version of a status file that this package writes.
const Schema = 1

// State is what a workload is doing.
type State string

// The states. A supervisor writes the first six. The others are for a supervisor that
// has ended without writing its last state; the command that finds out writes them.
const (
	// Starting: its secrets are resolved, its image is pulled, its container made.
	Starting State = "starting"
	Running  State = "running"
	// Restarting: it is started again, at NextTry if that is set.
	Restarting State = "restarting"
	// Stopping: it has received a request or a signal to stop.
	Stopping State = "stopping"
	// Stopped: it ended on request, or exited with status 0.
	Stopped State = "stopped"
	// Failed: it could not be started or ended with another status, and is not
	// started again.
	Failed State = "failed"
	// Unsupervised: its supervisor is gone, and its container runs.
	Unsupervised State = "unsupervised"
	// Lost: its supervisor is gone, and so is its container.
	Lost State = "lost"
	// Unknown: its supervisor is gone, and the engine does not say more.
	Unknown State = "unknown"
	// Damaged: its status file cannot be read.
	Damaged State = "damaged"
	// Saved: it has a RunConfig, and has never been detached.
	Saved State = "saved"
	// Later: its status file is of a later version, which alone knows more.
	Later State = "later"
	// Foreground: it runs in the foreground, in the process PID, and ends with that.
	Foreground State = "foreground"
)

// Live reports whether s is a state that only a supervisor which is alive writes. If no
// supervisor is alive, the state is in doubt.
func (s State) Live() bool {
	switch s {
	case Starting, Running, Restarting, Stopping:
		return true
	}
	return false
}

// Status is what a status file says. It holds no value of a secret.
type Status struct {
	Schema int    `json:"schema"`
	Name   string `json:"name"`
	State  State  `json:"state"`
	// Since is when the state began.
	Since time.Time `json:"since"`
	// ShouldRun is whether the workload is to run until a user stops it: it is
	// started again after a reboot.
	ShouldRun bool   `json:"wanted"`
	Image     string `json:"image,omitempty"`
	Transport string `json:"transport,omitempty"`
	URL       string `json:"url,omitempty"`
	// Restart is the restart policy.
	Restart string `json:"restart,omitempty"`
	// PID is the supervisor's process ID, and Socket the path where it receives
	// requests.
	PID    int    `json:"pid,omitempty"`
	Socket string `json:"socket,omitempty"`
	// Container is the running container's ID, and Started when it was started.
	Container string     `json:"container,omitempty"`
	Started   *time.Time `json:"started,omitempty"`
	// Restarts is how often the workload was started again under this supervisor.
	Restarts int `json:"restarts"`
	// NextTry is when a workload that is Restarting is started.
	NextTry *time.Time `json:"next_try,omitempty"`
	// LastEnd is the last end, or the last start that failed.
	LastEnd *End `json:"last_end,omitempty"`
	// Secrets is the state of changed secrets; nil if changes are ignored, or if there
	// was none yet.
	Secrets *Secrets `json:"secrets,omitempty"`
	// LogProblem is why the log cannot be written; empty if it can.
	LogProblem string `json:"log_problem,omitempty"`
	// Other is a workload of another program with the same name and RunConfig. It is
	// not written.
	Other *Other `json:"other,omitempty"`
}

// End is how a workload ended, or why it did not start.
type End struct {
	Time time.Time `json:"time"`
	// ExitCode is the container's, or that of the error.
	ExitCode int `json:"exit_code"`
	// Class and Message are an error's; empty for a container's own end.
	Class   secret.Class `json:"class,omitempty"`
	Message string       `json:"message,omitempty"`
}

// To moves the status to state at now. What belongs to the former state only goes.
func (s *Status) To(state State, now time.Time) {
	s.State, s.Since, s.NextTry = state, now, nil
	if state != Running && state != Stopping && state != Unsupervised {
		s.Container, s.Started = "", nil
	}
	if !state.Live() {
		s.PID, s.Socket = 0, ""
	}
}
