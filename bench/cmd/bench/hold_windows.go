package main

import "errors"

func hold(string) (release func(), err error) {
	return nil, errors.New("locks are not held by the bench on this system")
}
