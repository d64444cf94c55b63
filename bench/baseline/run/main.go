// Command run is the baseline of thv run: the Engine API calls that a container
// in the foreground needs, made directly, with the same settings.
//
//	run HOST IMAGE
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	network, address, _ := strings.Cut(os.Args[1], "://")
	if err := run(&engine{network, address}, os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

type engine struct{ network, address string }

func run(e *engine, image string) error {
	if _, err := e.call(http.MethodGet, "/_ping", nil, 0); err != nil {
		return err
	}
	on := true
	answer, err := e.call(http.MethodPost, "/containers/create", map[string]any{
		"Image": image, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true,
		"OpenStdin": true, "StdinOnce": true, "Env": []string{"API_KEY=secret"},
		"HostConfig": map[string]any{"AutoRemove": true, "NetworkMode": "none", "Init": on, "SecurityOpt": []string{"no-new-privileges"}, "LogConfig": map[string]string{"Type": "none"}},
	}, http.StatusCreated)
	if err != nil {
		return err
	}
	var container struct{ ID string }
	if err := json.NewDecoder(answer.body).Decode(&container); err != nil {
		return err
	}
	path := "/containers/" + container.ID
	streams, err := e.call(http.MethodPost, path+"/attach?stream=1&stdin=1&stdout=1&stderr=1", nil, http.StatusSwitchingProtocols)
	if err != nil {
		return err
	}
	ended, err := e.call(http.MethodPost, path+"/wait?condition=removed", nil, http.StatusOK)
	if err != nil {
		return err
	}
	if _, err := e.call(http.MethodPost, path+"/start", nil, http.StatusNoContent); err != nil {
		return err
	}
	if err := demultiplex(streams.buffered); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, ended.body)
	return err
}

type reply struct {
	body     io.ReadCloser
	buffered *bufio.Reader
}

// call sends one request on a separate connection, as attach and wait need.
func (e *engine) call(method, path string, body any, want int) (reply, error) {
	conn, err := net.Dial(e.network, e.address)
	if err != nil {
		return reply{}, err
	}
	text := []byte{}
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	upgrade := ""
	if want == http.StatusSwitchingProtocols {
		upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n"
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
		method, path, len(text), upgrade, text)
	if err != nil {
		return reply{}, err
	}
	buffered := bufio.NewReader(conn)
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		return reply{}, err
	}
	if want != 0 && response.StatusCode != want {
		return reply{}, fmt.Errorf("%s: %s", path, response.Status)
	}
	return reply{response.Body, buffered}, nil
}

// demultiplex copies the frames of a container without a terminal.
func demultiplex(from io.Reader) error {
	var header [8]byte
	for {
		if _, err := io.ReadFull(from, header[:]); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		to := os.Stdout
		if header[0] == 2 {
			to = os.Stderr
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(header[4:]))); err != nil {
			return err
		}
	}
}
