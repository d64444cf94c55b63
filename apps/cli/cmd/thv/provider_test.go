package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// programmed is what a provider's program of the tests answers: the file that is
// its argument says.
type programmed struct {
	path  string
	hangs bool
}

// plan is that file's content.
type plan struct {
	// Fail is a class for every reference.
	Fail secret.Class `json:"fail"`
	// Message is what a failure says.
	Message string `json:"message"`
	// Values are by bare name or path.
	Values map[string]string `json:"values"`
}

// probeProvider is a provider's program: probe provider FILE|MODE.
func probeProvider(arg string) {
	var err error
	switch arg {
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute) //nolint:forbidigo // a program that hangs
	case "fork-silent": // it never says hello
		if err = fork(); err == nil {
			time.Sleep(time.Minute) //nolint:forbidigo // a program that hangs
		}
	case "fork-answer":
		if err = fork(); err == nil {
			if os.Getenv("WAIT") != "" {
				time.Sleep(time.Second) //nolint:forbidigo // a program that is slow
			}
			err = serveProgrammed(&programmed{path: os.Getenv("PLAN_FILE")})
		}
	case "fork-serve": // and never answers a get
		if err = fork(); err == nil {
			err = serveProgrammed(&programmed{hangs: true})
		}
	case "malformed":
		fmt.Println(`{"id": canary-malformed`)
		time.Sleep(time.Minute) //nolint:forbidigo // a program that hangs
	case "environ":
		fmt.Fprintln(os.Stderr, "environ:", os.Environ())
		err = serveProgrammed(&programmed{path: os.DevNull})
	default:
		err = serveProgrammed(&programmed{path: arg})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		exitAtOnce(1)
	}
	exitAtOnce(0)
}

// fork starts a child that holds the streams, outlives its parent, and writes its
// process id.
func fork() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "provider", "hang")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("PID_FILE"), []byte(fmt.Sprint(child.Process.Pid)), 0o600)
}

func serveProgrammed(p *programmed) error {
	if starts, set := os.LookupEnv("STARTS_FILE"); set {
		file, err := os.OpenFile(starts, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		fmt.Fprintln(file, "start")
		_ = file.Close()
	}
	return protocol.Serve(context.Background(), os.Stdin, os.Stdout, protocol.Server{
		Name: "probe",
		New:  func(context.Context, protocol.Hello) (provider.Provider, error) { return p, nil },
	})
}

// Get answers as the file says, and prints each value on standard error.
func (p *programmed) Get(_ context.Context, ref secret.Ref) (secret.Value, error) {
	if p.hangs {
		time.Sleep(time.Minute) //nolint:forbidigo // a program that hangs
	}
	var now plan
	text, err := os.ReadFile(p.path)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &now)
	}
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w: %v", secret.ErrUnavailable, err)
	}
	if now.Fail != "" {
		return secret.Value{}, failing(now)
	}
	value, ok := now.Values[ref.Path()]
	if !ok {
		return secret.Value{}, secret.ErrNotFound
	}
	fmt.Fprintln(os.Stderr, "the value is", value)
	return secret.NewValue([]byte(value)), nil
}

// Put changes the file.
func (p *programmed) Put(_ context.Context, ref secret.Ref, value secret.Value) error {
	text, err := os.ReadFile(p.path)
	now := plan{}
	if err == nil {
		err = json.Unmarshal(text, &now)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", secret.ErrUnavailable, err)
	}
	if now.Values == nil {
		now.Values = map[string]string{}
	}
	now.Values[ref.Path()] = string(value.Bytes())
	if text, err = json.Marshal(now); err == nil {
		err = os.WriteFile(p.path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", secret.ErrUnavailable, err)
	}
	return nil
}

func failing(now plan) error {
	err := now.Fail.Sentinel()
	if err == nil {
		err = errors.New("no class")
	}
	return fmt.Errorf("%w: as the plan says %s", err, now.Message)
}

func isProgram(name string) bool {
	return name == "probe" || strings.HasPrefix(name, "thv") && name != "thv.test"
}
