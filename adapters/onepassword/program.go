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

// Limits of what the op program may answer, in bytes.
const (
	maxValue   = 1 << 20
	maxListing = 32 << 20
	maxError   = 64 << 10
)

// grace is what a program that was killed gets to let go of its pipes.
const grace = time.Second

var errOverLimit = errors.New("over the limit")

// run runs the op program and returns what it answers, at most limit bytes.
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

// runOnOneThread sees cmd to its end on the thread that starts it: Linux ends the
// program with that thread, which without this may go while the process stays.
func runOnOneThread(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.Run()
}

// bounded keeps what is written to it, and ends the program that writes more than
// limit. It embeds no buffer, whose ReadFrom would go around Write.
type bounded struct {
	kept  bytes.Buffer
	limit int
	over  bool
}

// Write keeps p, or nothing of it where that is too much.
func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.limit {
		b.over = true
		return 0, errOverLimit
	}
	return b.kept.Write(p)
}
