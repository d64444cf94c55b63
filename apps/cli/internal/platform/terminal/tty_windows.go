package terminal

const ttyPath = "CONIN$"

// InBackground is false on Windows, which has no jobs.
func InBackground(any) bool { return false }
