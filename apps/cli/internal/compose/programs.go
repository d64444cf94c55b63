package compose

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// programs are the providers' programs that run. While there is one, a signal
// that would end this process ends them first, with all that they have started,
// and then the command by its context.
type programs struct {
	interrupt context.CancelCauseFunc
	log       *logging.Log

	mu      sync.Mutex
	running []*exec.Provider
	signals chan os.Signal
}

func newPrograms(g app.Globals, log *logging.Log) *programs {
	return &programs{interrupt: g.Interrupt, log: log}
}

// open starts a program. The caller closes the provider.
func (p *programs) open(ctx context.Context, c exec.Config) (provider.Provider, error) {
	c.Logger = p.log.Logger
	p.watch()
	started, err := exec.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = append(p.running, started)
	return started, nil
}

// watch begins to catch signals.
func (p *programs) watch() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.signals != nil {
		return
	}
	signals := make(chan os.Signal, 1)
	p.signals = signals
	for _, sig := range terminationSignals {
		if !signal.Ignored(sig) { // as under nohup
			signal.Notify(signals, sig)
		}
	}
	go func() {
		caught, ok := <-signals
		if !ok {
			return
		}
		number, _ := caught.(syscall.Signal)
		p.interrupt(&terminal.InterruptedError{Signal: number})
		p.rest() // a second signal ends this process at once
	}()
}

// rest ends what still runs and catches signals no more.
func (p *programs) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.running {
		one.Kill()
	}
	p.running = nil
	if p.signals != nil {
		signal.Stop(p.signals)
		close(p.signals)
		p.signals = nil
	}
}

func newClose(r *resolve.Resolver, p *programs) app.Close {
	return func() {
		if err := r.Close(); err != nil {
			p.log.Logger.Debug("close", "error", err.Error())
		}
		p.rest()
	}
}

// programPath returns the path of a configured program: an absolute path, or a name
// that is looked up in PATH.
func programPath(environ *procenv.Environ, name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	if strings.ContainsAny(name, `/\`) {
		return "", secret.Usagef("the program %q is neither an absolute path nor a name to look for in PATH", name)
	}
	for _, folder := range filepath.SplitList(environ.Get("PATH")) {
		if !filepath.IsAbs(folder) {
			continue
		}
		if found, err := osexec.LookPath(filepath.Join(folder, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%w: there is no program %q in PATH; install it, or correct the configuration", secret.ErrUnavailable, name)
}

// declared is the environment of a configured program: what its entry says, and
// no more.
func declared(environ *procenv.Environ, entries []string) []string {
	var env []string
	for _, entry := range entries {
		if strings.Contains(entry, "=") {
			env = append(env, entry)
			continue
		}
		if value, set := environ.Lookup(entry); set {
			env = append(env, entry+"="+value)
		}
	}
	return env
}
