// Command keyserver is a small MCP server that needs an API key: the real part
// that the end-to-end tests and the demo run under thv.
//
// It reads API_KEY, to which a secret is bound, or the file named by API_KEY_FILE, which it reads
// again at each SIGHUP. API_KEY_SHA256 is a plain variable with the hexadecimal SHA-256 of the
// accepted key, so that its source contains no key. MCP_TRANSPORT is stdio (the default) or
// streamable-http, which listens on MCP_PORT of MCP_HOST (127.0.0.1).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, os.Getenv("MCP_TRANSPORT"), net.JoinHostPort(cmp.Or(os.Getenv("MCP_HOST"), "127.0.0.1"), os.Getenv("MCP_PORT")))
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "keyserver:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, transport, address string) error {
	server := newServer(gate{key: keySource(), digest: os.Getenv("API_KEY_SHA256")})
	switch transport {
	case "", "stdio":
		fmt.Fprintln(os.Stderr, "keyserver: ready on standard input and output")
		return server.Run(ctx, &mcp.StdioTransport{})
	case "streamable-http":
		return serveHTTP(ctx, server, address)
	}
	return fmt.Errorf("MCP_TRANSPORT is %q; it may be stdio or streamable-http", transport)
}

func serveHTTP(ctx context.Context, server *mcp.Server, address string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	httpServer := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = httpServer.Close() })
	defer stop()
	fmt.Fprintln(os.Stderr, "keyserver: ready on http://"+listener.Addr().String())
	if err := httpServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
