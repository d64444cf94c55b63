package handoff

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Launch is a supervisor that is to be started.
type Launch struct {
	// Path is the executable with the engine, and Args come before the verb.
	Path string
	Args []string
	// Env is the environment; Start removes the store's password from it.
	Env []string
	// Name is the workload's.
	Name    string
	Request StartRequest
	// Progress receives messages of the start for the user.
	Progress io.Writer
}

const (
	// Verb is the supervisor's command.
	Verb = "supervise"
	// HandshakeFlag is its option to read a StartRequest from its standard input.
	HandshakeFlag = "handed-over"
	// giveUpWait bounds how long an interrupted start may take to undo what it did.
	giveUpWait = 30 * time.Second
)

// Start starts the supervisor, and returns once it reports the result. If there is an error and
// the status has a Name, the supervisor stays and tries again. After any other error the start
// has failed, and nothing is left.
//
// A terminating signal to this process, or the end of ctx, makes the supervisor give up: the
// error is then a *terminal.InterruptedError or ctx's.
func Start(ctx context.Context, l Launch) (status.Status, error) {
	signals := make(chan os.Signal, 1)
	for _, sig := range terminationSignals {
		if !signal.Ignored(sig) { // as under nohup
			signal.Notify(signals, sig)
		}
	}
	defer signal.Stop(signals)
	cmd := exec.Command(l.Path, append(slices.Clone(l.Args), Verb, "--"+HandshakeFlag, "--", l.Name)...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(l.Env), session()
	if os.PathSeparator == '\\' {
		cmd.Dir = ""
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return status.Status{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return status.Status{}, err
	}
	closeFilesOnExec()
	if err := cmd.Start(); err != nil {
		return status.Status{}, fmt.Errorf("%w: the supervisor does not start: %w", secret.ErrUnavailable, err)
	}
	// Its own end tells more than a pipe that it has closed.
	_ = write(in, l.Request)
	return await(ctx, l, cmd, signals, in, out)
}

// environment leaves out what unlocks the store.
func environment(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		return strings.HasPrefix(strings.ToUpper(pair), procenv.PasswordVariable+"=")
	})
}

type result struct {
	status status.Status
	err    error
}

func await(ctx context.Context, l Launch, cmd *exec.Cmd, signals <-chan os.Signal, in io.Closer, out io.ReadCloser) (status.Status, error) {
	results := make(chan result, 1)
	go func() {
		st, err := listen(out, l.Progress)
		results <- result{st, err}
	}()
	var interrupted error
	var late <-chan time.Time
	for {
		select {
		case r := <-results:
			_ = in.Close()
			return conclude(cmd, r, interrupted)
		case sig := <-signals:
			number, _ := sig.(syscall.Signal)
			interrupted = &terminal.InterruptedError{Signal: number}
		case <-ctx.Done():
			interrupted, ctx = ctx.Err(), context.WithoutCancel(ctx)
		case <-late:
			_ = out.Close()
			return status.Status{}, interrupted
		}
		_ = in.Close() // which has it give up
		late = time.After(giveUpWait)
	}
}

// conclude releases a supervisor that stays, and waits for the exit of another.
func conclude(cmd *exec.Cmd, r result, interrupted error) (status.Status, error) {
	if r.status.Name != "" {
		return r.status, errors.Join(r.err, cmd.Process.Release())
	}
	ended := cmd.Wait()
	if errors.Is(r.err, errNoAnswer) {
		r.err = fmt.Errorf("%w: the supervisor: %w (%v)", secret.ErrUnavailable, r.err, ended)
	}
	if interrupted != nil {
		r.err = interrupted
	}
	return status.Status{}, r.err
}

// listen reads reports up to the last.
func listen(out io.Reader, progress io.Writer) (status.Status, error) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		var a report
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return status.Status{}, fmt.Errorf("%w: the supervisor says what does not parse; is it of another version?", secret.ErrUnavailable)
		}
		switch {
		case a.Started != nil:
			return *a.Started, a.Failure.Err()
		case a.Failure != nil:
			return status.Status{}, a.Failure.Err()
		case progress != nil:
			fmt.Fprint(progress, a.Progress)
		}
	}
	return status.Status{}, errNoAnswer
}
