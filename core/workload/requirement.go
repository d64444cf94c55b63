package workload

// Requirement is a variable that a server's registry entry requires. Its JSON names are
// those of a registry's env_vars.
type Requirement struct {
	// Name is the name of the variable; see [secret.ValidContainerEnvName].
	Name string `json:"name"`
	// Description explains the variable to the user who is asked for its value.
	Description string `json:"description,omitempty"`
	// Required is whether the server needs a value to work.
	Required bool `json:"required,omitempty"`
	// Default is used if no value is supplied; empty means that there is no default.
	// Every reader of the registry can see it.
	Default string `json:"default,omitempty"`
	// Secret is whether the value must not be shown.
	Secret bool `json:"secret,omitempty"`
}

// Unmet has the requirements that the supplied variables leave open.
type Unmet struct {
	// Defaults are the defaults to use, by variable; see [Sources.Defaults].
	Defaults map[string]string
	// Missing are the required variables that have no default and are not supplied,
	// in the order of the requirements.
	Missing []Requirement
}

// CheckRequirements returns what of requirements is still open. Supplied reports
// whether a flag, a file or a secret supplies the variable name.
//
// The default of a plain variable is always among Defaults, since [Sources] decides
// what it overrides; that of a secret only if the variable is not supplied. The caller
// prompts for Missing or reports all of it. Of several requirements with the same name
// the first one counts.
func CheckRequirements(requirements []Requirement, supplied func(name string) bool) Unmet {
	unmet := Unmet{Defaults: map[string]string{}}
	seen := map[string]bool{}
	for _, r := range requirements {
		if seen[r.Name] {
			continue
		}
		seen[r.Name] = true
		given := supplied(r.Name)
		switch {
		case r.Default != "" && (!r.Secret || !given):
			unmet.Defaults[r.Name] = r.Default
		case r.Default == "" && r.Required && !given:
			unmet.Missing = append(unmet.Missing, r)
		}
	}
	return unmet
}
