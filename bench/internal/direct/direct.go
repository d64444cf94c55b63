// Package direct makes single calls of the Engine API, each on a connection of its
// own, for baselines.
package direct

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Call sends one request to host, unix:///path or tcp://address, with body as JSON, and returns the
// body of the response. A status other than want is an error.
func Call(host, method, path string, body any, want int) ([]byte, error) {
	network, address, _ := strings.Cut(host, "://")
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	text := []byte{}
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(text), text)
	if err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != want {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}
