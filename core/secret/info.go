package secret

import "time"

// Info describes a stored secret without its value.
type Info struct {
	// Name is what a reference to this secret is written as: a bare name, or
	// scheme://… where the provider's secrets have no bare names.
	Name string
	// Description is a person's or the backend's text about the secret; it may
	// be empty. It is not secret.
	Description string
	// Created and Updated are zero where the backend does not keep them.
	Created, Updated time.Time
}
