// Command demo shows thv's main way in a throw-away home: a secret goes into an
// encrypted store, an MCP server is run with it, and a client talks to the
// server. Everything it makes is gone at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/thv-secrets/thv/e2e/engine"
)

const image = "thv-demo:latest"

func main() {
	bin := flag.String("bin", "bin", "`directory` with the built programs, and with the key server in demo/ below it")
	probe := flag.Bool("engine", false, "report by the exit status whether a container engine responds, and do nothing else")
	flag.Parse()
	if *probe {
		if _, err := findEngine(context.Background()); err != nil {
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := demo(ctx, *bin)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, bin string) (err error) {
	s, err := newStage(bin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	say("A throw-away home, ~ from here on: %s", s.home)
	if err := s.store(ctx); err != nil {
		return err
	}
	server, where, done := s.server(ctx)
	defer done()

	say("\nAn MCP client starts the server %s, without its key:", where)
	if err := s.converse(ctx, server(), "forecast"); err != nil {
		return err
	}
	say("\nWith a secret that is not there, nothing starts at all:")
	if err := s.refused(ctx, server("--secret", "not-there,target=API_KEY")); err != nil {
		return err
	}
	say("\nWith its key:")
	if err := s.converse(ctx, server("--secret", "weather-key,target=API_KEY"), "forecast", "echo_key"); err != nil {
		return err
	}
	say("\n(echo_key leaks the key on purpose; thv masked it on the way.)")
	return nil
}

// findEngine returns the container engine that responds here.
func findEngine(ctx context.Context) (*engine.Engine, error) {
	docker, err := engine.New("")
	if err != nil {
		return nil, err
	}
	return docker, docker.Ping(ctx)
}

// server returns the command that runs the key server with more options, and a description of it: in
// a container if an engine responds, otherwise as a local process.
func (s *stage) server(ctx context.Context) (command func(...string) []string, where string, done func()) {
	program := filepath.Join(s.bin, "demo", "keyserver")
	digest := "API_KEY_SHA256=" + s.digest()
	local := func(more ...string) []string {
		return append(append([]string{"exec", "-e", digest}, more...), "--", program)
	}
	docker, err := findEngine(ctx)
	if err == nil {
		err = docker.Import(ctx, image, program)
	}
	if err != nil {
		say("\nNo container engine can be used here, so the server is a local process.\n    (%v)", err)
		return local, "as a local process", func() {}
	}
	say("\nA container engine answers at %s, so the server is a container (image %s, made here without a registry).", docker.Host(), image)
	container := func(more ...string) []string {
		return append(append([]string{"run", "-e", digest, "--network", "none"}, more...), image)
	}
	return container, "in a container", func() { _ = docker.RemoveImage(context.WithoutCancel(ctx), image) }
}

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
