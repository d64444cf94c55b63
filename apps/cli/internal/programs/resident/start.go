package resident

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// startWait bounds how long a resident may take until it listens.
const startWait = 5 * time.Second

// maxKey bounds a key, in bytes.
const maxKey = 64 << 10

// Program is the executable of a resident. It reads the key from its standard
// input with ReadKey, and calls Ready once Serve listens or has found that
// another does.
type Program struct {
	Path string
	Args []string
	// Env is the whole environment. The key is not in it.
	Env []string
}

// Start starts the program, hands it key, and returns once it is ready. It lives
// on after this process.
func (p Program) Start(key secret.Value) error {
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env, cmd.Dir, cmd.SysProcAttr = p.Env, "/", detached()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = stdin.Write(key.Bytes())
	if err = errors.Join(err, stdin.Close()); err != nil {
		return err
	}
	if err := awaitReady(stdout); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	return cmd.Process.Release()
}

const readyLine = "ready"

func awaitReady(stdout io.ReadCloser) error {
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(stdout, 64)).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	defer stdout.Close()
	select {
	case line := <-answer:
		if line != readyLine {
			return errors.New("it ended before it was ready")
		}
		return nil
	case <-time.After(startWait):
		return fmt.Errorf("it is not ready after %v", startWait)
	}
}

// ReadKey reads the key that Start hands over.
func ReadKey(stdin io.Reader) (secret.Value, error) {
	text, err := io.ReadAll(io.LimitReader(stdin, maxKey+1))
	switch {
	case err != nil:
		return secret.Value{}, err
	case len(text) == 0 || len(text) > maxKey:
		return secret.Value{}, errors.New("the resident is given no key")
	}
	return secret.NewValue(text), nil
}

// Ready reports to Start that the resident listens, and closes stdout, so that a pipe
// of the starter does not stay open.
func Ready(stdout *os.File) {
	_, _ = stdout.WriteString(readyLine + "\n")
	_ = stdout.Close()
}
