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

// beside are the options that are allowed with --from-config. All others would repeat a field of
// the RunConfig.
var beside = []string{fromConfig, "name", pull, "dry-run", "no-masking", "allow-reserved-target", "yes", detach, ignore, "foreground"}

func register(cmd *cobra.Command, o *Options) {
	flags := cmd.Flags()
	command.EnvironmentFlags(flags, &o.Line.Environment, &o.DryRun)
	containerFlags(flags, &o.Line)
	flags.BoolVarP(&o.Detach, detach, "d", false, "run in the background, under a supervisor")
	flags.BoolVarP(&o.Foreground, "foreground", "f", false, "stay attached until the container exits (the default)")
	flags.BoolVar(&o.NoMasking, "no-masking", false, "do not replace values in the output")
	flags.BoolVar(&o.Line.IsImage, "image", false, "treat NAME_OR_IMAGE as an image, even without a tag, digest or '/'")
	flags.StringVar(&o.Line.Registry, "registry", "", "`file` with a registry, instead of the configured one")
	flags.StringVar(&o.From, fromConfig, "", "run a RunConfig `file` in JSON, '-' for standard input")
	flags.StringArrayVar(&o.Ignored, ignore, nil, "with --from-config: run although thv does not support the protection of this `field`")
	flags.BoolVar(&o.Yes, "yes", false, "skip confirmation prompts")
}

// containerFlags are the options that become a workload.Spec, apart from its environment.
func containerFlags(flags *pflag.FlagSet, c *describe.CommandLine) {
	flags.StringVar(&c.Name, "name", "", "name of the container and of the saved run (default for the run: the server's or image's name)")
	flags.StringVar(&c.Transport, "transport", "", "MCP transport: stdio, sse or streamable-http (default: the registry's, else stdio)")
	flags.IntVar(&c.Port, "port", 0, "port on this machine for sse and streamable-http (default: --target-port)")
	flags.IntVar(&c.TargetPort, "target-port", 0, "port in the container for sse and streamable-http (default: the registry's, else 8080)")
	flags.StringArrayVarP(&c.Publish, "publish", "p", nil, "publish a `port`: [[ADDRESS:]HOSTPORT:]PORT[/udp]; the default address is 127.0.0.1")
	flags.StringArrayVarP(&c.Volumes, "volume", "v", nil, "mount a `volume` or directory: HOST:CONTAINER[:ro], or other options of docker")
	flags.StringVar(&c.Network, "network", "", "the container's network: none, host or a network's name")
	flags.StringVar(&c.Group, "group", "", "`name` of a group, stored as the label "+workload.LabelGroup+"; thv list --group lists it")
	flags.StringArrayVarP(&c.Labels, "label", "l", nil, "label the container: `KEY[=VALUE]`")
	flags.StringVar(&c.Workdir, "workdir", "", "working `directory` in the container")
	flags.StringVar(&c.User, "user", "", "the user in the container: `UID[:GID]` or a name")
	flags.StringVar(&c.Memory, "memory", "", "limit of memory, as in 512m")
	flags.Float64Var(&c.CPUs, "cpus", 0, "limit of processors, as in 1.5")
	flags.StringVar(&c.Restart, "restart", "", "with -d, restart policy: no, on-failure (default) or always")
	flags.BoolVar(&c.ReadOnly, "read-only", false, "make the image's files read-only, but not volumes and files of secrets")
	flags.StringVar(&c.Delivery, "delivery", "", "how variables are delivered: env (container config, default) or sealed (over stdin, not visible to the engine)")
	flags.StringVar(&c.Pull, pull, "missing", "when to pull the image: missing, always or never")
	flags.StringVar(&c.Changes.Action, describe.OnSecretChange, "", "with -d, `action` after a secret has changed: ignore, restart or signal=NAME (default: ignore; restart is recommended)")
	flags.StringVar(&c.Changes.Interval, describe.SecretInterval, "", "with -d, poll `interval` for providers without change notification, and minimum time between restarts (default: 15m, and 10s)")
}

// checkArguments refuses options and arguments that repeat a field of a RunConfig.
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
