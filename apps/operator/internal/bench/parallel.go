package main

import "golang.org/x/sync/errgroup"

// parallel runs n calls, at most workers at the same time, and returns the first error.
func parallel(n, workers int, do func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(workers)
	for i := range n {
		group.Go(func() error { return do(i) })
	}
	return group.Wait()
}
