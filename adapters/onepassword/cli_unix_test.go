//go:build unix

package onepassword

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// listen returns where an op can hold a connection until the test ends.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// accept returns the connection of the op that listener waits for. The deadline only
// ends a test that fails.
func accept(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	if tcp, ok := listener.(*net.TCPListener); ok {
		_ = tcp.SetDeadline(time.Now().Add(30 * time.Second))
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// wantEnd waits for the end of the program that holds conn. The deadline only ends
// a test that fails.
func wantEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the program lives on: %v", err)
	}
}

func TestCLI_EndsOpWithItsCall(t *testing.T) {
	listener := listen(t)
	c, dir := opIn(t, script{Dial: listener.Addr().String()}, CLIConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Check(ctx) }()
	op := accept(t, listener)
	// Who ends this process's group ends op too.
	if group, err := syscall.Getpgid(callsIn(t, dir)[0].PID); err != nil || group != syscall.Getpgrp() {
		t.Errorf("op is in the process group %d, this process in %d; %v", group, syscall.Getpgrp(), err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	wantEnd(t, op)
}

func TestCLI_DoesNotWaitForWhatOpHasStarted(t *testing.T) {
	listener := listen(t)
	c, _ := opIn(t, script{Dial: listener.Addr().String(), Child: true}, CLIConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Check(ctx) }()
	accept(t, listener) // of the child, which has op's output and ends with the test
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
