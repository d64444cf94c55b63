package docker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/docker/docker/api/types"
)

// The streams of the Engine's multiplexed format: each frame is one byte for
// the stream, three of nothing, four for the length (big-endian), and data. See
// "Stream format" of the attach call in the Engine API's reference.
const (
	frameOut     = 1
	frameErr     = 2
	frameHeader  = 8
	copyBuffer   = 32 << 10
	endOfInput   = "\x04" // what a terminal sends for an end of input
	detachNever  = "\xff,\xfe,\xff,\xfe"
	finalReading = 10 * time.Second
)

var (
	errFormat  = errors.New("not the format of an attached stream")
	errCut     = errors.New("the connection broke off within the output")
	errWriting = errors.New("writing the workload's output")
)

// demultiplex copies frames to out and err, as they come and without keeping
// any of it, until in ends. The library's StdCopy reads whole frames first,
// of any length, and takes an end within a frame for a good one.
func demultiplex(in io.Reader, out, err io.Writer) error {
	header, buffer := make([]byte, frameHeader), make([]byte, copyBuffer)
	for {
		if n, e := io.ReadFull(in, header); errors.Is(e, io.EOF) || n == 0 && errors.Is(e, syscall.ECONNRESET) {
			return nil
		} else if e != nil {
			return fmt.Errorf("%w: %w", errCut, e)
		}
		var to io.Writer
		switch header[0] {
		case frameOut:
			to = out
		case frameErr:
			to = err
		default:
			return errFormat
		}
		if header[1]|header[2]|header[3] != 0 {
			return errFormat
		}
		if e := copyFrame(to, in, binary.BigEndian.Uint32(header[4:]), buffer); e != nil {
			return e
		}
	}
}

func copyFrame(to io.Writer, in io.Reader, length uint32, buffer []byte) error {
	for left := int(length); left > 0; {
		n, err := in.Read(buffer[:min(left, len(buffer))])
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return fmt.Errorf("%w: %w", errWriting, err)
			}
			left -= n
		}
		if err != nil && left > 0 {
			return fmt.Errorf("%w: %w", errCut, err)
		}
	}
	return nil
}

// copyRaw copies a terminal's one stream. A reset is its end, as for demultiplex.
func copyRaw(in io.Reader, out io.Writer) error {
	buffer := make([]byte, copyBuffer)
	for {
		n, err := in.Read(buffer)
		if n > 0 {
			if _, err := out.Write(buffer[:n]); err != nil {
				return fmt.Errorf("%w: %w", errWriting, err)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errCut, err)
		}
	}
}

// attachment is the connection to a container's streams.
type attachment struct {
	types.HijackedResponse
	ending atomic.Bool
}

// Read reads without a bound while the workload runs, and after its end with
// one for each read: a slow writer of ours is no reason to lose output.
func (a *attachment) Read(p []byte) (int, error) {
	if a.ending.Load() {
		_ = a.Conn.SetReadDeadline(time.Now().Add(finalReading))
	}
	return a.Reader.Read(p)
}

// expectEnd bounds what is left to read.
func (a *attachment) expectEnd() {
	a.ending.Store(true)
	_ = a.Conn.SetReadDeadline(time.Now().Add(finalReading))
}

// feed copies in to the container's input and then ends that. An error of the
// connection is no fault here: a workload may close its input whenever it
// likes, and a connection that breaks is seen by who reads.
func (a *attachment) feed(in io.Reader, terminal bool) error {
	_, err := io.Copy(a.Conn, in)
	var connection *net.OpError
	if errors.As(err, &connection) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	if terminal {
		// The Engine takes a half-closed connection to a terminal for a closed one.
		_, _ = io.WriteString(a.Conn, endOfInput)
		return err
	}
	_ = a.CloseWrite()
	return err
}
