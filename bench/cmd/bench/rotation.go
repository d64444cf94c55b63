package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/e2e/engine"
)

const (
	// rotations are few, since a workload restarts at most once in spacing.
	rotations = 5
	spacing   = 10 * time.Second
	// arrival is the target for a changed secret, from the end of secret set.
	arrival = 2 * time.Second
)

// rotation measures the time from the end of secret set until a detached container responds with
// the new value.
func (b *suite) rotation() {
	const name = "secret set to value in container"
	took, err := b.rotate()
	if err != nil {
		leftOut(name, err)
		return
	}
	ours := median(took)
	fmt.Printf("%-34s %10s %10s %7s %12s %6s   %s: %s\n", name, millis(ours), "-", "", "", "", millis(arrival), met(ours <= arrival))
}

func (b *suite) rotate() (took []time.Duration, err error) {
	const image = "thv-bench-tell:latest"
	docker, err := engine.New("")
	if err == nil {
		err = docker.Ping(b.ctx)
	}
	if err == nil {
		err = docker.Import(b.ctx, image, b.baseline("echo"))
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = docker.RemoveImage(context.WithoutCancel(b.ctx), image) }()
	s, err := b.newStore("rotation", "kernel")
	defer s.forget()
	if err != nil {
		return nil, err
	}
	address, end, err := b.detach(s, image)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := b.answers(address, "a first value"); err != nil {
		return nil, err
	}
	for i := range rotations {
		value := fmt.Sprintf("value %d", i)
		if _, err := b.once(program{path: b.thv, args: []string{"secret", "set", "first"}, env: s.env, input: value}); err != nil {
			return nil, err
		}
		acknowledged := time.Now()
		if err := b.answers(address, value); err != nil {
			return nil, err
		}
		took = append(took, time.Since(acknowledged))
		time.Sleep(spacing)
	}
	return took, nil
}

// detach runs image with the store's first secret, and returns its address and a function that
// stops it.
func (b *suite) detach(s *store, image string) (address string, end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = listener.Addr().String()
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	cmd := exec.CommandContext(b.ctx, b.thv, "--output", "json", "run", "-d", "--name", "thv-bench-rotation",
		"--transport", "streamable-http", "--target-port", strconv.Itoa(port), "--network", "host",
		"--secret", "first,target=API_KEY", "--on-secret-change", "restart", image)
	cmd.Env = s.env
	output, err := cmd.Output()
	if err != nil {
		return "", nil, fmt.Errorf("run -d: %w", err)
	}
	var started struct{ PID int }
	if err := json.Unmarshal(output, &started); err != nil {
		return "", nil, err
	}
	supervisor, err := os.FindProcess(started.PID)
	if err != nil {
		return "", nil, err
	}
	return address, func() {
		_ = supervisor.Signal(os.Interrupt)
		for supervisor.Signal(syscall.Signal(0)) == nil { // until it has removed the container
			time.Sleep(10 * time.Millisecond)
		}
	}, nil
}

// answers waits until the response at address is value.
func (b *suite) answers(address, value string) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(conn)
		_ = conn.Close()
		if err == nil && strings.TrimSpace(string(text)) == value {
			return nil
		}
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
	}
	return fmt.Errorf("%s does not answer with the new value", address)
}
