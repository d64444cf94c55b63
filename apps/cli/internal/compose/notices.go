package compose

import (
	"net/url"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// newNotices knows of each provider how a change is noticed. What is not here tells
// of none, and is asked.
func newNotices(path storePath) app.Notices {
	known := map[string]rotation.Notice{
		encrypted:   rotation.Told,
		environment: rotation.Constant, // this process's own
		none:        rotation.Constant,
	}
	return app.Notices{
		Store: string(path), Passing: oneTime,
		Of: func(provider string) rotation.Notice { return known[provider] },
	}
}

// oneTime reports whether ref is 1Password's for a one-time password.
func oneTime(ref secret.Ref) bool {
	_, query, _ := strings.Cut(ref.Path(), "?")
	attributes, err := url.ParseQuery(query)
	if err != nil || ref.Scheme() != "op" {
		return false
	}
	return slices.ContainsFunc(attributes["attribute"], func(name string) bool { return name == "otp" || name == "totp" })
}
