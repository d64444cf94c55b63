package plan

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/core/workload"
)

// maxListed is the maximum number of items that a message lists.
const maxListed = 5

// verdict is the content of a condition. The zero verdict means unknown.
type verdict struct {
	known, ok, skip bool
	reason, message string
}

func yes(reason, message string) verdict {
	return verdict{known: true, ok: true, reason: reason, message: message}
}

func no(reason, message string) verdict {
	return verdict{known: true, reason: reason, message: message}
}

// verdicts are the results of the checks of a server.
type verdicts struct{ secrets, requirements, auth, template, names verdict }

func newVerdicts(in Input, refs []reference) *verdicts {
	return &verdicts{
		secrets:      secretsVerdict(in, refs),
		requirements: requirementsVerdict(in, refs),
		auth:         authVerdict(in),
		names:        namesVerdict(in),
	}
}

// allOK reports whether the server's objects may be applied.
func (v *verdicts) allOK() bool {
	return v.secrets.ok && v.requirements.ok && (v.auth.ok || v.auth.skip) && v.names.ok
}

func secretsVerdict(in Input, refs []reference) verdict {
	var problems, optional []string
	for _, r := range refs {
		if r.missing() && r.optional {
			optional = append(optional, r.target.String())
		}
	}
	blocking := unresolved(refs)
	for _, r := range blocking {
		problems = append(problems, r.problem(in.Server.Namespace))
	}
	switch {
	case len(blocking) > 0:
		return no(blocking[0].state, joinUpTo(maxListed, problems))
	case len(refs) == 0:
		return yes("AllResolved", "the server needs no secrets")
	case len(optional) > 0:
		return yes("AllResolved", "all required secrets exist; these optional ones have no value: "+joinUpTo(maxListed, optional))
	}
	return yes("AllResolved", "all secrets exist")
}

// requirementsVerdict checks that every required variable is set. A missing secret
// counts as set, since the condition SecretsResolved reports it; a missing optional
// secret does not.
func requirementsVerdict(in Input, refs []reference) verdict {
	given := in.variables()
	for _, r := range refs {
		if r.target.Env != "" && (!r.optional || !r.missing()) {
			given[r.target.Env] = ""
		}
	}
	var asked []workload.Requirement
	for _, r := range in.Server.Spec.Requirements {
		asked = append(asked, workload.Requirement{Name: r.Name, Description: r.Description, Required: r.Required, Secret: r.Secret})
	}
	needs := workload.CheckRequirements(asked, func(name string) bool { _, ok := given[name]; return ok })
	var problems []string
	for _, r := range needs.Missing {
		problems = append(problems, requirementWords(r))
	}
	if len(problems) > 0 {
		return no("Missing", joinUpTo(maxListed, problems))
	}
	return yes("Met", "all required variables are set")
}

func requirementWords(r workload.Requirement) string {
	where := "spec.env"
	if r.Secret {
		where = "spec.secrets"
	}
	if r.Description == "" {
		return fmt.Sprintf("%s is required: set it in %s", r.Name, where)
	}
	description, _, _ := strings.Cut(r.Description, "\n")
	return fmt.Sprintf("%s is required (%.200s): set it in %s", r.Name, description, where)
}

// namesVerdict checks that no object of another owner has a name that the server
// needs.
func namesVerdict(in Input) verdict {
	s := in.Server
	for _, each := range []struct {
		kind   string
		live   client.Object
		needed bool
	}{
		{"Deployment", asObject[appsv1.Deployment](in.Deployment), true},
		{"Service", asObject[corev1.Service](in.Service), s.Spec.Listens()},
		{"ServiceAccount", asObject[corev1.ServiceAccount](in.Account), s.Spec.ServiceAccount == ""},
	} {
		if each.needed && each.live != nil && !owned(s, each.live) {
			return no("NameTaken", fmt.Sprintf("the %s %q exists and does not belong to this server: remove it, or rename the server", each.kind, each.live.GetName()))
		}
	}
	return yes("", "")
}

// withoutClass returns the text of err without the prefix of its class.
func withoutClass(err error) string {
	return strings.TrimPrefix(err.Error(), workload.ErrInvalidSpec.Error()+": ")
}
