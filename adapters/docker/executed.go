package docker

import (
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/workload"
)

var _ workload.Executing = (*process)(nil)

// listed are the columns of ps that executed needs. podmanListed are the same columns for
// Podman, which has its own list and would otherwise run ps in the image.
var (
	listed       = []string{"-eo", "pid,stat,args"}
	podmanListed = []string{"pid,state,args"}
)

// Executed checks the container's processes: until the init process executes or starts the
// command, only init processes exist. The Engine runs ps on its machine; without ps Executed
// returns an error.
func (p *process) Executed(ctx context.Context) (bool, error) {
	bounded, cancel := context.WithTimeout(ctx, p.runtime.limits.call)
	defer cancel()
	columns := listed
	if p.runtime.isPodman() {
		columns = podmanListed
	}
	top, err := p.runtime.api.ContainerTop(bounded, p.id, columns)
	switch {
	case err != nil && p.runtime.isPodman() && p.over(bounded):
		return false, os.ErrProcessDone
	case cerrdefs.IsNotFound(err), cerrdefs.IsConflict(err):
		return false, os.ErrProcessDone
	case err != nil:
		return false, p.runtime.failed(ctx, "listing the container's processes", err)
	}
	return executed(top, !p.runtime.config.NoInit), nil
}

// over reports whether the container no longer runs. Podman's response about the processes of
// such a container is empty, or has an unspecific status.
func (p *process) over(ctx context.Context) bool {
	known, err := p.runtime.api.ContainerInspect(ctx, p.id)
	if err != nil {
		return cerrdefs.IsNotFound(err)
	}
	return known.ContainerJSONBase != nil && known.State != nil && !known.State.Running
}

// executed reports whether one of the processes is neither the Engine's init process, whose
// child has the same arguments until it executes the command, nor the init of the delivery.
func executed(top container.TopResponse, init bool) bool {
	status, args := slices.IndexFunc(top.Titles, func(s string) bool { return s == "STAT" || s == "STATE" }), slices.Index(top.Titles, "COMMAND")
	commands := map[string]bool{}
	for _, row := range top.Processes {
		if status < 0 || args < 0 || len(row) <= max(status, args) {
			return true // a different ps with an unknown list
		}
		// An exiting process has no arguments, or its name in brackets.
		ending := strings.HasPrefix(row[status], "Z") || row[args] == "" || strings.HasPrefix(row[args], "[") && strings.HasSuffix(row[args], "]")
		if !ending && !strings.HasPrefix(row[args], initPath+" "+initRun+" ") {
			commands[row[args]] = true
		}
	}
	if init {
		return len(commands) > 1
	}
	return len(commands) > 0
}

// headWriter forwards an output and keeps its beginning.
type headWriter struct {
	to   io.Writer
	text []byte
}

// tee returns a writer to out that keeps the beginning.
func (w *headWriter) tee(out io.Writer) io.Writer {
	w.to = out
	return w
}

// Write forwards p.
func (w *headWriter) Write(p []byte) (int, error) {
	if room := maxOutputHead - len(w.text); room > 0 {
		w.text = append(w.text, p[:min(room, len(p))]...)
	}
	return w.to.Write(p)
}

const maxOutputHead = 256

// catatonitFailed matches the message of Podman's init for a command that it cannot execute.
// Its status is always 1 then.
var catatonitFailed = regexp.MustCompile(`^ERROR \(catatonit:\d+\): failed to exec pid1: ([^\r\n]+)`)

// notExecuted returns a shell's status for a command that could not be executed, as Docker's
// init does, and otherwise status.
func (p *process) notExecuted(status int) int {
	if status != 1 || !p.runtime.isPodman() || p.runtime.config.NoInit {
		return status
	}
	found := catatonitFailed.FindSubmatch(p.said.text)
	switch {
	case found == nil:
		return status
	case string(found[1]) == "No such file or directory":
		return 127
	}
	return 126
}
