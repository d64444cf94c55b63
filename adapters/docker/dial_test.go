package docker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"
)

// An Engine whose port accepts a connection, and then does not shake hands, is given up after
// the limit of a connection, also if its caller would wait longer.
func TestNetworkDial_EndsAfterItsLimit(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	h, err := parseHost("tcp://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dial, err := networkDial(h, Config{TLS: &tls.Config{InsecureSkipVerify: true}}, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	conn, err := dial(ctx, "tcp", "")
	var ended interface{ Timeout() bool }
	if err == nil || !errors.As(err, &ended) || !ended.Timeout() || ctx.Err() != nil {
		t.Errorf("got the connection %v and the error %v, want a timeout before that of the caller", conn, err)
	}
}
