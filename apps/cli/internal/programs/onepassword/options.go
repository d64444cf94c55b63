package onepassword

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/programs/resident"
)

// Options are the options of the executable. thv passes them from its configuration file.
type Options struct {
	vault      string
	transport  string
	timeout    time.Duration
	idle       time.Duration
	noResident bool
	// stay makes this process the resident.
	stay bool
}

const (
	transportSDK = "sdk"
	transportCLI = "cli"
)

func parse(args []string) (Options, error) {
	var o Options
	flags := pflag.NewFlagSet("thv-provider-1password", pflag.ContinueOnError)
	flags.StringVar(&o.vault, "vault", "", "the vault in which a bare name is an item")
	flags.StringVar(&o.transport, "transport", transportSDK, "how 1Password is asked: sdk, with a service account's token, or cli, by the program op")
	flags.DurationVar(&o.timeout, "timeout", 0, "how long one call may take")
	flags.DurationVar(&o.idle, "idle", resident.DefaultIdle, "how long to stay for the next command")
	flags.BoolVar(&o.noResident, "no-resident", false, "do not stay")
	flags.BoolVar(&o.stay, "stay", false, "")
	_ = flags.MarkHidden("stay")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, errors.New("there are no arguments but options")
	case o.transport != transportSDK && o.transport != transportCLI:
		return o, fmt.Errorf("--transport is %s or %s", transportSDK, transportCLI)
	case o.idle <= 0:
		return o, errors.New("--idle is above zero; --no-resident forbids to stay")
	}
	return o, nil
}

// args are the options of the resident that serves o.
func (o Options) args() []string {
	args := []string{"--stay", "--idle=" + o.idle.String()}
	if o.vault != "" {
		args = append(args, "--vault="+o.vault)
	}
	if o.timeout != 0 {
		args = append(args, "--timeout="+o.timeout.String())
	}
	return args
}
