//go:build unix

package onepassword

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

func TestCLI_EndsWhatOpHasStartedToo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	c, _ := opIn(t, script{Dial: listener.Addr().String()}, CLIConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Check(ctx) }()
	child, err := listener.Accept() // op's child is there
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// The connection ends with the child; the deadline only ends a test that fails.
	_ = child.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := child.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the child lives on: %v", err)
	}
}
