package compose

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	onePasswordName   = "1password"
	onePasswordScheme = "op"
)

// onePassword is the executable around 1Password's SDK, or around 1Password's own
// command op.
func onePassword() wiring {
	// It asks for a service account's token without showing or keeping it.
	const token = "read -rs " + procenv.TokenVariable + " && export " + procenv.TokenVariable
	return wiring{
		Descriptor: app.Descriptor{
			Name: onePasswordName, Scheme: onePasswordScheme, Former: []string{"onepassword", "1pass", "op"},
			Unlocking:  []string{procenv.TokenVariable},
			Volatile:   oneTime,
			Unprepared: []secret.Class{secret.ClassLocked},
			Advice: map[secret.Class]string{
				secret.ClassLocked:      token,
				secret.ClassDenied:      token,
				secret.ClassUnavailable: "curl -sSI https://my.1password.com",
			},
		},
		open: (*openers).onePassword,
	}
}

func (o *openers) onePassword(ctx context.Context) (provider.Provider, error) {
	s := o.settings.Secrets.OnePassword
	var args []string
	args = option(args, "--vault", s.Vault)
	args = option(args, "--transport", s.Transport)
	args = option(args, "--timeout", string(s.Timeout))
	args = option(args, "--idle", string(s.Idle))
	if o.globals.NoResident || s.Resident != nil && !*s.Resident {
		args = append(args, "--no-resident")
	}
	env := o.environ.Only(procenv.OnePasswordEnviron...)
	if s.Transport == settings.TransportCLI {
		env = o.environ.ForWorkload()
	}
	env = append(env, o.environ.Only(procenv.TokenVariable)...)
	c := exec.Config{Name: onePasswordName, Scheme: onePasswordScheme, Timeout: s.Timeout.Duration(), Env: env}
	return o.sibling(ctx, c, "thv-provider-1password", args)
}

// oneTime reports whether ref is 1Password's for a one-time password.
func oneTime(ref secret.Ref) bool {
	_, query, _ := strings.Cut(ref.Path(), "?")
	attributes, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(attributes["attribute"], func(name string) bool { return name == "otp" || name == "totp" })
}
