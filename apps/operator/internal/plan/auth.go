package plan

import (
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

// authVariable returns the variable that gets the secret of a.
func authVariable(a *v1beta1.MCPExternalAuthConfig) string {
	switch a.Spec.Type {
	case v1beta1.AuthTokenExchange:
		return "TOOLHIVE_TOKEN_EXCHANGE_CLIENT_SECRET"
	case v1beta1.AuthHeaderInjection:
		return "TOOLHIVE_HEADER_INJECTION_VALUE"
	}
	return "TOOLHIVE_BEARER_TOKEN"
}

// authPlain returns the other variables of a, which hold no secrets.
func authPlain(a *v1beta1.MCPExternalAuthConfig) map[string]string {
	vars := map[string]string{}
	set := func(name, value string) {
		if value != "" {
			vars[name] = value
		}
	}
	if a == nil {
		return vars
	}
	set("TOOLHIVE_EXTERNAL_AUTH_TYPE", a.Spec.Type)
	if h := a.Spec.HeaderInjection; h != nil {
		set("TOOLHIVE_HEADER_INJECTION_NAME", h.HeaderName)
	}
	if x := a.Spec.TokenExchange; x != nil {
		set("TOOLHIVE_TOKEN_EXCHANGE_URL", x.TokenURL)
		set("TOOLHIVE_TOKEN_EXCHANGE_CLIENT_ID", x.ClientID)
		set("TOOLHIVE_TOKEN_EXCHANGE_AUDIENCE", x.Audience)
		set("TOOLHIVE_TOKEN_EXCHANGE_SCOPES", strings.Join(x.Scopes, " "))
		set("TOOLHIVE_TOKEN_EXCHANGE_SUBJECT_TOKEN_TYPE", x.SubjectTokenType)
		set("TOOLHIVE_TOKEN_EXCHANGE_HEADER_NAME", x.ExternalTokenHeaderName)
	}
	return vars
}

// authVerdict checks the configuration that a server refers to.
func authVerdict(in Input) verdict {
	ref := in.Server.Spec.ExternalAuthConfigRef
	switch {
	case ref == nil:
		return verdict{skip: true}
	case in.Auth == nil:
		return no("NotFound", fmt.Sprintf("the MCPExternalAuthConfig %q does not exist: create it in the namespace %q", ref.Name, in.Server.Namespace))
	}
	set := authPlain(in.Auth)
	if in.Auth.Spec.SecretRef() != nil {
		set[authVariable(in.Auth)] = ""
	}
	for _, s := range in.Server.Spec.Secrets {
		if _, taken := set[s.Target()]; taken {
			return no("TargetTaken", fmt.Sprintf("the MCPExternalAuthConfig %[2]q and spec.secrets both set the variable %[1]s: change the target in spec.secrets", s.Target(), ref.Name))
		}
	}
	for _, e := range in.Server.Spec.Env {
		if _, taken := set[e.Name]; taken {
			return no("TargetTaken", fmt.Sprintf("the MCPExternalAuthConfig %[2]q and spec.env both set the variable %[1]s: remove it from spec.env", e.Name, ref.Name))
		}
	}
	return yes("Valid", fmt.Sprintf("the server uses the MCPExternalAuthConfig %q", ref.Name))
}
