package main

import "golang.org/x/sync/errgroup"

// parallel does n things, so many at once, and returns the first error.
func parallel(n, workers int, do func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(workers)
	for i := range n {
		group.Go(func() error { return do(i) })
	}
	return group.Wait()
}
