//go:build !linux

package doctor

func synchronised() finding { return synchronisation(false, false) }
