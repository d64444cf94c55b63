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

// The streams of the Engine's multiplexed format: each frame has one byte for the stream, three
// unused bytes, four for the length (big-endian), and the data. See "Stream format" of the
// attach call in the Engine API's reference.
const (
	frameOut     = 1
	frameErr     = 2
	frameHeader  = 8
	copyBuffer   = 32 << 10
	endOfInput   = "\x04" // the end of input of a terminal
	detachNever  = "\xff,\xfe,\xff,\xfe"
	finalReading = 10 * time.Second
)

var (
	errFormat  = errors.New("not the format of an attached stream")
	errCut     = errors.New("the connection broke off within the output")
	errWriting = errors.New("writing the workload's output")
)

// demultiplex copies frames to out and err as they arrive, without buffering, until in ends. The
// library's StdCopy first reads whole frames of any length, and accepts an end within a frame.
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

// copyRaw copies a terminal's single stream. A connection reset is its end, as for demultiplex.
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

// Read has no time limit while the workload runs. After its exit each read has one, so that no
// output is lost because of a slow writer.
func (a *attachment) Read(p []byte) (int, error) {
	if a.ending.Load() {
		_ = a.Conn.SetReadDeadline(time.Now().Add(finalReading))
	}
	return a.Reader.Read(p)
}

// expectEnd sets a time limit for the remaining reads.
func (a *attachment) expectEnd() {
	a.ending.Store(true)
	_ = a.Conn.SetReadDeadline(time.Now().Add(finalReading))
}

// feed copies in to the container's input and then closes it. It ignores an error of the
// connection: a workload may close its input at any time, and the reader detects a broken
// connection.
func (a *attachment) feed(in io.Reader, terminal bool) error {
	_, err := io.Copy(a.Conn, in)
	var connection *net.OpError
	if errors.As(err, &connection) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	if terminal {
		// The Engine treats a half-closed connection to a terminal as closed.
		_, _ = io.WriteString(a.Conn, endOfInput)
		return err
	}
	_ = a.CloseWrite()
	return err
}
