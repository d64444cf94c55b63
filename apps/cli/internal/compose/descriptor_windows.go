package compose

// closeOnExec has nothing to do: a handle goes to another program only where that
// is asked for.
func closeOnExec(int, bool) {}
