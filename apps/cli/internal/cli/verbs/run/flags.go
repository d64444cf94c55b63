package run

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	fromConfig = "from-config"
	detach     = "detach"
	ignore     = "ignore"
	pull       = "pull"
)

// beside are the options of this command that go with --from-config. Every other
// one would say again what the RunConfig says.
var beside = []string{fromConfig, "name", pull, "dry-run", "no-masking", "allow-reserved-target", "yes", detach, ignore, "foreground"}

func register(cmd *cobra.Command, o *Options) {
	flags := cmd.Flags()
	command.EnvironmentFlags(flags, &o.Line.Environment, &o.DryRun)
	containerFlags(flags, &o.Line)
	flags.BoolVarP(&o.Detach, detach, "d", false, "return once the container runs, and leave it to a supervisor")
	flags.BoolVarP(&o.Foreground, "foreground", "f", false, "stay with the container until it ends, which is the default")
	flags.BoolVar(&o.NoMasking, "no-masking", false, "do not replace values in the output")
	flags.BoolVar(&o.Line.IsImage, "image", false, "take NAME_OR_IMAGE for an image, also if it has neither tag, digest nor '/'")
	flags.StringVar(&o.Line.Registry, "registry", "", "`file` with a registry, instead of the configured one")
	flags.StringVar(&o.From, fromConfig, "", "run what a RunConfig `file` in JSON says, '-' for standard input")
	flags.StringArrayVar(&o.Ignored, ignore, nil, "with --from-config: run without a protection that the RunConfig asks for and thv does not give: its `field`")
	flags.BoolVar(&o.Yes, "yes", false, "answer yes to what would be asked")
}

// containerFlags are the options that become a workload.Spec, apart from its environment.
func containerFlags(flags *pflag.FlagSet, c *describe.CommandLine) {
	flags.StringVar(&c.Name, "name", "", "the container's name, and the one that the run is saved under (default for the latter: the server's or the image's)")
	flags.StringVar(&c.Transport, "transport", "", "how MCP is spoken: stdio, sse or streamable-http (default: the registry's, else stdio)")
	flags.IntVar(&c.Port, "port", 0, "port on this machine for sse and streamable-http (default: --target-port)")
	flags.IntVar(&c.TargetPort, "target-port", 0, "port in the container for sse and streamable-http (default: the registry's, else 8080)")
	flags.StringArrayVarP(&c.Publish, "publish", "p", nil, "publish a port: `[[ADDRESS:]HOSTPORT:]PORT[/udp]`, on 127.0.0.1 where no address is given")
	flags.StringArrayVarP(&c.Volumes, "volume", "v", nil, "mount a directory or volume: `HOST:CONTAINER[:ro]`, or other options of docker's")
	flags.StringVar(&c.Network, "network", "", "the container's network: none, host or a network's name")
	flags.StringVar(&c.Group, "group", "", "the `name` of a group, kept as the label "+workload.LabelGroup+"; thv list --group lists it")
	flags.StringArrayVarP(&c.Labels, "label", "l", nil, "label the container: `KEY[=VALUE]`")
	flags.StringVar(&c.Workdir, "workdir", "", "the working `folder` in the container")
	flags.StringVar(&c.User, "user", "", "the user in the container: `UID[:GID]` or a name")
	flags.StringVar(&c.Memory, "memory", "", "limit of memory, as in 512m")
	flags.Float64Var(&c.CPUs, "cpus", 0, "limit of processors, as in 1.5")
	flags.StringVar(&c.Restart, "restart", "", "with -d, when the workload is started again after its end: no, on-failure (default) or always")
	flags.BoolVar(&c.ReadOnly, "read-only", false, "make the image's files read-only; volumes and the files of secrets are not")
	flags.StringVar(&c.Delivery, "delivery", "", "how variables reach the container: env, in its configuration (the default), or sealed, past it")
	flags.StringVar(&c.Pull, pull, "missing", "when to pull the image: missing, always or never")
	flags.StringVar(&c.Changes.Action, describe.OnSecretChange, "", "with -d: what a changed secret does: ignore, restart or `signal=NAME` (default: ignore; restart is recommended)")
	flags.StringVar(&c.Changes.Interval, describe.SecretInterval, "", "with -d: how often a provider that tells of no change is asked, and the least `time` between two restarts (default: 15m, and 10s)")
}

// checkArguments refuses what says again what a RunConfig says.
func checkArguments(cmd *cobra.Command, args []string) error {
	if !cmd.Flags().Changed(fromConfig) {
		if dash := cmd.ArgsLenAtDash(); dash >= 0 {
			args = args[:dash]
		}
		return command.Names("NAME_OR_IMAGE", 1, 1)(cmd, args)
	}
	if len(args) > 0 {
		return secret.Usagef("--from-config says which image is run and with which arguments; leave them out")
	}
	var err error
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Changed && !slices.Contains(beside, flag.Name) && err == nil {
			err = secret.Usagef("--%s does not go with --from-config, which says that itself: change it in the file", flag.Name)
		}
	})
	return err
}

// check refuses options that exclude each other.
func (o *Options) check() error {
	switch {
	case o.Detach && o.Foreground:
		return secret.Usagef("--foreground and -d exclude each other")
	case o.Detach && o.NoMasking:
		return secret.Usagef("--no-masking does not go with -d, whose output is kept in a file: run it in the foreground, or leave the option out")
	}
	if err := o.Line.Check(o.Detach); err != nil {
		return err
	}
	if len(o.Ignored) > 0 && o.From == "" {
		return secret.Usagef("--%s goes with --%s", ignore, fromConfig)
	}
	return nil
}
