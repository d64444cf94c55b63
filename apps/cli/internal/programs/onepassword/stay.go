package onepassword

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/resident"
)

// folder is the name of thv's directory in a runtime directory.
const folder = "toolhive"

// resident connects to the resident, and starts one if needed.
func (p *program) resident() (*net.UnixConn, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program := resident.Program{Path: self, Args: p.options.args(), Env: p.environ.Only(procenv.OnePasswordEnviron...)}
	return resident.Connect(config, func() error { return program.Start(p.token) })
}

// stay serves as the resident until it has been idle for too long, its provider fails for
// good, or a signal ends it.
func (p *program) stay(ctx context.Context) error {
	config, err := p.config()
	if err != nil {
		return err
	}
	stdout, ok := p.streams.Raw().Out.(*os.File)
	if !ok {
		return errors.New("the resident's standard output is a pipe")
	}
	ready := func() { resident.Ready(stdout) }
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop() // so that the socket goes with it
	err = resident.Serve(ctx, config, ready, func(ctx context.Context, conn *net.UnixConn) {
		_ = p.serve(ctx, conn, conn)
		if p.provider.Broken() {
			stop() // only another process can help
		}
	})
	if errors.Is(err, resident.ErrTaken) {
		ready()
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// config names the resident of this executable, these options and this token.
func (p *program) config() (resident.Config, error) {
	self, err := os.Executable()
	if err != nil {
		return resident.Config{}, err
	}
	info, err := os.Stat(self)
	if err != nil {
		return resident.Config{}, err
	}
	return resident.Config{
		Folder: p.runtimeFolder(), Name: "1password", Key: p.token, Idle: p.options.idle,
		// With other proxy settings the service may respond differently.
		Kind: fmt.Sprint(self, info.Size(), info.ModTime().UnixNano(), p.options.args(), p.environ.Only(procenv.OnePasswordEnviron...)),
	}, nil
}

// runtimeFolder returns a directory that the system removes when the user's session ends.
// It is empty if there is no such directory.
func (p *program) runtimeFolder() string {
	base, set := p.environ.Lookup("XDG_RUNTIME_DIR")
	if !set && runtime.GOOS == "linux" {
		base = filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	}
	if !set && runtime.GOOS == "darwin" {
		base = os.TempDir() // which is each user's own
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, folder)
}
