// Package onepassword composes thv-provider-1password, the executable around
// 1Password's SDK. The SDK slows down every start of a program that has it built in,
// and takes seconds when it is first used; so only this executable has it, and its
// process may stay for the next command.
package onepassword

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	osexec "os/exec"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/adapters/onepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procharden"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/resident"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Main runs the program and returns its exit code. connect makes clients in place
// of the SDK; it is nil but for a test's program.
func Main(args []string, streams *terminal.Streams, connect Connect) int {
	procharden.DisableDumps()
	environ := procenv.Capture().Withholding(procenv.TokenVariable)
	token := secret.NewValue([]byte(environ.Get(procenv.TokenVariable)))
	_ = os.Unsetenv(procenv.TokenVariable)
	options, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil && options.stay {
		token, err = resident.ReadKey(streams.In)
	}
	if err == nil {
		err = compose(options, streams, environ, token, connect).run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(streams.Err, "thv-provider-1password:", err)
		return 1
	}
	return 0
}

// program is the composed program.
type program struct {
	options  Options
	streams  *terminal.Streams
	environ  *procenv.Environ
	token    secret.Value
	log      *slog.Logger
	provider *onepassword.Provider
}

func (p *program) run(ctx context.Context) error {
	if p.options.stay {
		return p.stay(ctx)
	}
	if p.options.transport == transportSDK && !p.options.noResident {
		conn, err := p.resident()
		if err == nil {
			return relay(p.streams, conn)
		}
		p.log.Debug("no resident program is used", "reason", err.Error())
	}
	return p.serve(ctx, p.streams.In, p.streams.Raw().Out)
}

func (p *program) serve(ctx context.Context, in io.Reader, out io.Writer) error {
	return protocol.Serve(ctx, in, out, protocol.Server{
		Name: "thv-provider-1password",
		New:  func(context.Context, protocol.Hello) (provider.Provider, error) { return p.open() },
	})
}

// open returns the provider of one session.
func (p *program) open() (provider.Provider, error) {
	if p.options.transport == transportSDK {
		return p.provider.Session(), nil
	}
	path, err := osexec.LookPath("op")
	if err != nil {
		return nil, fmt.Errorf("%w: there is no program op in PATH; install 1Password's command line, or set secrets.onepassword.transport to sdk", secret.ErrUnavailable)
	}
	// It is given the token, or is signed in: as careful as with a provider's program.
	if path, err = exec.Trusted(path); err != nil {
		return nil, err
	}
	environ := p.environ.ForWorkload()
	if p.token.Len() > 0 {
		environ = append(environ, procenv.TokenVariable+"="+string(p.token.Bytes()))
	}
	return onepassword.NewCLI(onepassword.CLIConfig{
		Path: path, Environ: environ, Vault: p.options.vault, Timeout: p.options.timeout, Logger: p.log,
	}), nil
}

// relay connects the streams with the resident until either side ends. It is an error
// if the resident ends first.
func relay(streams *terminal.Streams, conn *net.UnixConn) error {
	defer conn.Close()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		_, _ = io.Copy(conn, streams.In)
		_ = conn.CloseWrite()
	}()
	_, err := io.Copy(streams.Raw().Out, conn)
	select {
	case <-asked:
	default:
		err = errors.Join(errors.New("the resident program was ended; the next command starts another"), err)
	}
	return err
}
