package onepassword

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// The limits of op's output, in bytes.
const (
	maxValue   = 1 << 20
	maxListing = 32 << 20
	maxError   = 64 << 10
)

// grace is how long the pipes of a process may stay open after it has ended or was
// killed: a busy machine may need seconds to read what is left in them.
const grace = 5 * time.Second

var errOverLimit = errors.New("over the limit")

// run runs op and returns its output, at most limit bytes.
func (c *CLI) run(ctx context.Context, limit int, args ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.config.Path) {
		return nil, noProgram()
	}
	timed, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	out, words := &bounded{limit: limit}, &bounded{limit: maxError}
	cmd := exec.CommandContext(timed, c.config.Path, args...)
	cmd.Env = append([]string{}, c.config.Environ...) // never nil, which would be this process's own
	cmd.Stdout, cmd.Stderr = out, words
	cmd.WaitDelay = grace // its context ends by killing it, and it alone
	cmd.SysProcAttr = attributes()
	began := time.Now()
	err := runOnOneThread(cmd)
	c.config.Logger.Debug("op ran", "verb", args[0], "after", time.Since(began))
	if err == nil {
		return out.kept.Bytes(), nil
	}
	clear(out.kept.Bytes())
	switch {
	case out.over:
		return nil, tooLarge(limit)
	case timed.Err() != nil:
		return nil, late(ctx, c.config.Timeout)
	}
	return nil, programError(err, words.kept.String())
}

// runOnOneThread runs cmd to its exit on one locked thread: Linux kills the process when the
// thread that started it ends, which could otherwise happen earlier.
func runOnOneThread(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.Run()
}

// bounded is a writer that keeps its input, and stops a process that writes more than limit. It
// does not embed a buffer, whose ReadFrom would bypass Write.
type bounded struct {
	kept  bytes.Buffer
	limit int
	over  bool
}

// Write keeps p, or none of it if that exceeds the limit.
func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.limit {
		b.over = true
		return 0, errOverLimit
	}
	return b.kept.Write(p)
}
