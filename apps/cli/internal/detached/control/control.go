// Package control is the protocol between a command and a supervisor: a Unix socket in
// a directory that only its user can enter, and one request and one answer in JSON per
// connection.
package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/usersocket"
	"github.com/thv-secrets/thv/core/secret"
)

// The verbs of a Request.
const (
	Stop    = "stop"
	Restart = "restart"
)

// Request is what a command asks a supervisor to do.
type Request struct {
	Verb string `json:"verb"`
	// Grace is how long the workload may take to exit after its signal.
	Grace time.Duration `json:"grace,omitempty"`
}

// Answer is the supervisor's response.
type Answer struct {
	Failure *Failure `json:"failure,omitempty"`
	// Container is the ID of the container that runs now.
	Container string `json:"container,omitempty"`
}

const (
	// maxMessage is the maximum size of a request and of an answer, in bytes.
	maxMessage = 64 << 10
	// readWait is the time limit for the arrival of a request, and for sending an answer.
	readWait = 5 * time.Second
)

// Paths returns the possible paths of a workload's socket, one in each of folders.
func Paths(folders []string, owner, name string) []string {
	sum := sha256.Sum256([]byte(owner + "\x00" + name))
	paths := make([]string, len(folders))
	for i, folder := range folders {
		paths[i] = filepath.Join(folder, "w-"+hex.EncodeToString(sum[:10])+".sock")
	}
	return paths
}

// Listen returns a listener for the workload name of the status files in owner, in the
// first of folders that only this user can enter. The caller holds the workload's lock,
// so that no other process listens for that name.
func Listen(folders []string, owner, name string) (*net.UnixListener, error) {
	reasons := errors.New("no directory for it")
	for i, path := range Paths(folders, owner, name) {
		folder := folders[i]
		if !usersocket.Fits(path) {
			reasons = errors.Join(reasons, fmt.Errorf("%s is too long a path", path))
			continue
		}
		if err := usersocket.OwnFolder(folder); err != nil {
			reasons = errors.Join(reasons, err)
			continue
		}
		_ = os.Remove(path) // of one that was killed
		listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err == nil {
			return listener, os.Chmod(path, 0o600)
		}
		reasons = errors.Join(reasons, err)
	}
	return nil, fmt.Errorf("%w: the supervisor's socket: %w", secret.ErrUnavailable, reasons)
}

// Serve calls handle for each request that comes to listener, concurrently, until the
// listener is closed. It returns once the requests that had arrived are answered.
func Serve(ctx context.Context, listener *net.UnixListener, handle func(context.Context, Request) Answer) {
	var all sync.WaitGroup
	defer all.Wait()
	open, closed := context.WithCancel(context.WithoutCancel(ctx))
	defer closed()
	for {
		conn, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond) // such as no descriptors left
			continue
		}
		all.Go(func() { serveOne(ctx, open, conn, handle) })
	}
}

// serveOne reads a request while the listener is open, and writes the answer.
func serveOne(ctx, open context.Context, conn *net.UnixConn, handle func(context.Context, Request) Answer) {
	defer conn.Close()
	if usersocket.Peers && usersocket.SameUser(conn) != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(readWait))
	defer context.AfterFunc(open, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	var request Request
	if json.NewDecoder(io.LimitReader(conn, maxMessage)).Decode(&request) != nil {
		return
	}
	answer := handle(ctx, request)
	_ = conn.SetWriteDeadline(time.Now().Add(readWait))
	_ = json.NewEncoder(conn).Encode(answer)
}

// ErrNoResponse means that no supervisor responds at a socket.
var ErrNoResponse = errors.New("the supervisor does not answer")

// ErrDisconnected is the ErrNoResponse of a supervisor that received a request, and exited
// without an answer.
var ErrDisconnected = fmt.Errorf("%w any more", ErrNoResponse)

// Call sends request to the supervisor at path and returns its answer, whose Failure is
// the error. The error is ErrNoResponse if the supervisor cannot be reached, and
// ErrDisconnected if it breaks the connection after the request.
func Call(ctx context.Context, path string, request Request) (Answer, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrNoResponse, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if usersocket.Peers {
		if err := usersocket.SameUser(conn); err != nil {
			return Answer{}, fmt.Errorf("%w: %w", ErrNoResponse, err)
		}
	}
	var answer Answer
	cause := ErrNoResponse
	err = json.NewEncoder(conn).Encode(request)
	if err == nil {
		cause, err = ErrDisconnected, json.NewDecoder(io.LimitReader(conn, maxMessage)).Decode(&answer)
	}
	if ctx.Err() != nil {
		return Answer{}, ctx.Err()
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", cause, err)
	}
	return answer, answer.Failure.Err()
}
