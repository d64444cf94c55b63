// Command bench compares the operator with a bare client that creates the same objects
// with the same settings, on the API server of THV_TEST_KUBECONFIG. It prints a table
// of times, and does not judge them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/go-logr/logr"

	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
)

// bench has the settings that all rows share.
type bench struct {
	*clustertest.Cluster
	kubeconfig, binary               string
	servers, sharing, secrets, burst int
	workers                          int
	qps                              float64
	idle                             time.Duration
	table                            *tabwriter.Writer
}

func main() {
	ctrl.SetLogger(logr.Discard())
	b := bench{kubeconfig: os.Getenv("THV_TEST_KUBECONFIG")}
	flag.StringVar(&b.binary, "operator", "bin/thv-operator", "the operator's executable")
	flag.IntVar(&b.servers, "servers", 1000, "number of MCPServers, with 2 SecretRefs each")
	flag.IntVar(&b.sharing, "sharing", 0, "number of them that share one Secret (default: half of them)")
	flag.IntVar(&b.secrets, "secrets", 0, "number of Secrets of 4 kB in the cluster (default: ten per server)")
	flag.IntVar(&b.workers, "workers", 4, "number of objects that are created at the same time")
	flag.Float64Var(&b.qps, "qps", -1, "maximum requests per second, for both; negative for no limit")
	flag.IntVar(&b.burst, "burst", 200, "maximum burst of requests, for both")
	flag.DurationVar(&b.idle, "idle", 20*time.Second, "duration of the idle measurement")
	flag.Parse()
	if b.sharing == 0 {
		b.sharing = b.servers / 2
	}
	if b.secrets == 0 {
		b.secrets = 10 * b.servers
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if b.kubeconfig == "" {
		return errors.New("THV_TEST_KUBECONFIG is not set: run hack/bench-operator.sh")
	}
	config, err := clientcmd.BuildConfigFromFlags("", b.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	if b.Cluster, err = clustertest.New(config); err != nil {
		return err
	}
	if err := b.Install(ctx); err != nil {
		return err
	}
	b.table = tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	for _, part := range []func(context.Context) error{b.converge, b.rotate, b.memory} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return b.table.Flush()
}

// row is a line of the table.
func (b *bench) row(what, value, target string) {
	fmt.Fprintf(b.table, "%s\t%s\t%s\n", what, value, target)
	fmt.Fprintf(os.Stderr, "bench: %s: %s (%s)\n", what, value, target)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
