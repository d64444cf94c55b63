package workload

// Requirement is a variable that a server's entry in a registry asks for. Its
// JSON names are those of a registry's env_vars.
type Requirement struct {
	// Name is the variable's, as secret.ValidContainerEnvName has it.
	Name string `json:"name"`
	// Description is for a person who is to supply a value.
	Description string `json:"description,omitempty"`
	// Required is whether the server does not work without a value.
	Required bool `json:"required,omitempty"`
	// Default is used where nothing supplies a value; empty is none. It stands
	// in the registry for all to read.
	Default string `json:"default,omitempty"`
	// Secret is whether the value is to be kept from who reads along.
	Secret bool `json:"secret,omitempty"`
}

// Needs is what a server's requirements come to, given what is supplied.
type Needs struct {
	// Defaults are the values to use of the registry's; see Sources.Defaults.
	Defaults map[string]string
	// Missing are required, have no default, and nothing supplies them, in the
	// order of the requirements.
	Missing []Requirement
}

// Weigh answers what a server with requirements still needs. Supplied says
// whether a variable of that name is given by a flag, a file or a secret.
//
// A plain default is always among Defaults, since the order of Sources says what
// it wins over; that of a secret only where nothing supplies one. Weigh asks
// nobody and changes nothing: who may ask a person does so for Missing, and who
// may not reports all of it. Of several requirements with one name the first
// counts.
func Weigh(requirements []Requirement, supplied func(name string) bool) Needs {
	needs := Needs{Defaults: map[string]string{}}
	seen := map[string]bool{}
	for _, r := range requirements {
		if seen[r.Name] {
			continue
		}
		seen[r.Name] = true
		given := supplied(r.Name)
		switch {
		case r.Default != "" && (!r.Secret || !given):
			needs.Defaults[r.Name] = r.Default
		case r.Default == "" && r.Required && !given:
			needs.Missing = append(needs.Missing, r)
		}
	}
	return needs
}
