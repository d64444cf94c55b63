package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// stage is a throw-away home, and thv in it.
type stage struct {
	bin, thv, home, key string
	env                 []string
	// global are the options that every command needs to open the store.
	global []string
}

func newStage(bin string) (*stage, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "thv-demo-")
	if err != nil {
		return nil, err
	}
	s := &stage{bin: bin, thv: filepath.Join(bin, "thv"), home: home, key: "wk-" + random()}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		// Variables that lead out of the temporary home are omitted.
		if !strings.HasPrefix(name, "TOOLHIVE_") && (!strings.HasPrefix(name, "XDG_") || name == "XDG_RUNTIME_DIR") {
			s.env = append(s.env, pair)
		}
	}
	s.env = append(s.env, "HOME="+home, "LOCALAPPDATA="+home,
		"XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"XDG_STATE_HOME="+filepath.Join(home, "state"))
	return s, nil
}

// clear removes the home and the password that keyrings may have got.
func (s *stage) clear() error {
	said, err := s.run(context.Background(), "", "secret", "reset-keyring", "--yes")
	if err != nil {
		err = fmt.Errorf("the keyring may still have the demo's password: %w\n%s", err, said)
	}
	return errors.Join(err, os.RemoveAll(s.home))
}

func (s *stage) digest() string {
	sum := sha256.Sum256([]byte(s.key))
	return hex.EncodeToString(sum[:])
}

// store puts the key into a new encrypted store.
func (s *stage) store(ctx context.Context) error {
	recovery := []string{"--recovery-key-file", filepath.Join(s.home, "recovery-key")}
	set := append([]string{"secret", "set", "weather-key", "--no-input"}, recovery...)
	said, err := s.run(ctx, s.key, set...)
	if err != nil {
		say("\nThere is no keyring here that would survive a reboot, so the password comes from a file.")
		file := filepath.Join(s.home, "password")
		if err := os.WriteFile(file, []byte(random()+"\n"), 0o600); err != nil {
			return err
		}
		s.global = []string{"--password-file", file}
		if said, err = s.run(ctx, s.key, set...); err != nil {
			return fmt.Errorf("secret set: %w\n%s", err, said)
		}
	}
	say("$ thv secret set weather-key     # the value on standard input\n%s", s.indent(said))
	if err := s.dropFile(ctx); err != nil {
		return err
	}
	said, err = s.run(ctx, "", "secret", "list")
	say("$ thv secret list\n%s", s.indent(said))
	return err
}

// dropFile continues without the password file if the kernel's keyring has kept the password.
func (s *stage) dropFile(ctx context.Context) error {
	if s.global == nil {
		return nil
	}
	file := s.global[1]
	given := s.global
	s.global = nil
	if _, err := s.run(ctx, "", "secret", "get", "weather-key", "--no-input"); err != nil {
		s.global = given
		return nil
	}
	say("The kernel's keyring has it from now on, until the next reboot; the file is removed.")
	return os.Remove(file)
}

// refused runs a command that must not start anything.
func (s *stage) refused(ctx context.Context, args []string) error {
	said, err := s.run(ctx, "", args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		return fmt.Errorf("%s: it should have ended with exit code 3 (not found), but: %w\n%s", args[0], err, said)
	}
	say("$ thv %s\n%s\n    (exit code 3)", s.shown(args), s.indent(said))
	return nil
}

// run runs thv and returns all that it printed.
func (s *stage) run(ctx context.Context, input string, args ...string) (string, error) {
	cmd := s.command(ctx, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &said, &said
	err := cmd.Run()
	return said.String(), err
}

func (s *stage) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.thv, append(append([]string{}, s.global...), args...)...)
	cmd.Env = s.env
	return cmd
}

// shown returns a command line with its long, irrelevant parts shortened.
func (s *stage) shown(args []string) string {
	return strings.NewReplacer(s.digest(), "…", s.home, "~", s.bin, "bin").Replace(strings.Join(args, " "))
}

func (s *stage) indent(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(text), s.home, "~")
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}

func random() string { return strings.ToLower(rand.Text()) }
