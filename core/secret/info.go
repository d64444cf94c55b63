package secret

import "time"

// Info describes a stored secret without its value.
type Info struct {
	// Name is a reference to the secret: a bare name, or scheme://… if the provider
	// does not use bare names.
	Name string
	// Description is a text about the secret from a user or the backend. It may be
	// empty, and is not secret.
	Description string
	// Created and Updated are zero if the backend does not record them.
	Created, Updated time.Time
}
