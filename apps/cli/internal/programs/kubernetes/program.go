// Package kubernetes composes thv-provider-k8s, the executable around
// Kubernetes' client, which would cost every start of thv itself.
package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/adapters/k8s"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procharden"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
)

// Options are the program's. thv gives them from its configuration file.
type Options struct {
	kubeconfig, context, namespace string
	timeout                        time.Duration
}

// Main runs the program and returns its exit code.
func Main(args []string, streams *terminal.Streams) int {
	procharden.DisableDumps()
	options, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = compose(options, streams, procenv.New(os.Environ())).run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(streams.Err, "thv-provider-k8s:", err)
		return 1
	}
	return 0
}

func parse(args []string) (Options, error) {
	var o Options
	flags := pflag.NewFlagSet("thv-provider-k8s", pflag.ContinueOnError)
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "the kubeconfig (default: what kubectl takes)")
	flags.StringVar(&o.context, "context", "", "the kubeconfig's context (default: its current one)")
	flags.StringVar(&o.namespace, "namespace", "", "the namespace that is listed (default: all)")
	flags.DurationVar(&o.timeout, "timeout", 0, "how long one call may take")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, errors.New("there are no arguments but options")
	}
	return o, nil
}

// program is the composed program.
type program struct {
	streams *terminal.Streams
	config  k8s.Config
}

func (p *program) run(ctx context.Context) error {
	return protocol.Serve(ctx, p.streams.In, p.streams.Raw().Out, protocol.Server{
		Name: "thv-provider-k8s",
		New:  func(context.Context, protocol.Hello) (provider.Provider, error) { return p.open() },
	})
}

// open keeps a nil *k8s.Provider from passing for a provider.
func (p *program) open() (provider.Provider, error) {
	opened, err := k8s.New(p.config)
	if err != nil {
		return nil, err
	}
	return opened, nil
}
