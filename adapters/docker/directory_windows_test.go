package docker

import "testing"

func hostDirectory(t *testing.T, _ *Runtime) string { return t.TempDir() }

func give(*testing.T, *Runtime, string) {}
