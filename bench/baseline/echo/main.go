// Command echo is a workload for a bench: it serves the value of API_KEY over HTTP,
// on MCP_PORT of 127.0.0.1.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("MCP_PORT")))
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		fmt.Fprint(conn, os.Getenv("API_KEY"))
		_ = conn.Close()
	}
}
