package resident

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/usersocket"
)

// ErrTaken means that another resident has the socket.
var ErrTaken = errors.New("another resident is there")

// Serve calls handle for each connection, concurrently, until none has come for the
// idle time or ctx is done. It calls ready once it listens. If another resident has the
// socket, the error is ErrTaken. A connection whose other end does not hold the key is
// closed, and handle is not called.
func Serve(ctx context.Context, c Config, ready func(), handle func(context.Context, *net.UnixConn)) error {
	listener, release, err := listen(c)
	if err != nil {
		return err
	}
	defer release()
	ready()
	s := &server{config: c, handle: handle, idle: time.NewTimer(c.idle())}
	go func() {
		select {
		case <-ctx.Done():
		case <-s.idle.C:
		}
		_ = listener.Close()
	}()
	s.accept(ctx, listener)
	s.open.Wait()
	return ctx.Err()
}

// listen takes the socket. A lock beside it tells whether another resident has it: an
// abandoned socket looks like one that is just being made.
func listen(c Config) (*net.UnixListener, func(), error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	if err := usersocket.OwnFolder(c.Folder); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	path := c.Socket()
	lock, err := filelock.Acquire(context.Background(), path+".lock", 0)
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, nil, ErrTaken
	case err != nil:
		return nil, nil, err
	}
	sweep(c)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		lock.Release()
		return nil, nil, err
	}
	return listener, func() { _ = listener.Close(); lock.Release() }, nil
}

// sweep removes the sockets and locks of this name that killed residents have left,
// also this resident's own socket.
func sweep(c Config) {
	locks, _ := filepath.Glob(filepath.Join(c.Folder, c.Name+"-*.sock.lock"))
	for _, path := range locks {
		if path == c.Socket()+".lock" {
			continue // which is held here
		}
		lock, err := filelock.Acquire(context.Background(), path, 0)
		if err != nil {
			continue
		}
		// The socket goes under the lock; the lock itself stays, since removing it
		// would let two hold it.
		_ = os.Remove(strings.TrimSuffix(path, ".lock"))
		lock.Release()
	}
	_ = os.Remove(c.Socket())
}

type server struct {
	config Config
	handle func(context.Context, *net.UnixConn)
	open   sync.WaitGroup

	mu    sync.Mutex
	count int
	idle  *time.Timer
}

func (s *server) accept(ctx context.Context, listener *net.UnixListener) {
	for {
		conn, err := listener.AcceptUnix()
		if err != nil {
			return
		}
		s.open.Go(func() {
			defer conn.Close()
			if prove(conn, s.config.Key, asResident, asClient) != nil {
				return // a stranger does not keep it either
			}
			s.counted(+1)
			defer s.counted(-1)
			s.handle(ctx, conn)
		})
	}
}

// counted counts the open connections: the idle time runs only if there are none.
func (s *server) counted(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count += change
	if s.count > 0 {
		s.idle.Stop()
		return
	}
	s.idle.Reset(s.config.idle())
}
