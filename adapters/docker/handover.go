package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/delivery"
	"github.com/thv-secrets/thv/core/workload"
)

// ready returns the frame, and copies the init executable into the container, which has not
// started yet. The frame is nil if there is nothing to deliver.
func (p *process) ready(ctx context.Context, say screen) ([]byte, error) {
	if !p.handover.needed() {
		return nil, nil
	}
	frame, err := p.handover.frame(say.environment)
	if err != nil {
		return nil, err
	}
	err = p.runtime.putInit(ctx, p.id, p.handover.program, say)
	p.handover.program = nil
	if err != nil {
		clear(frame)
		return nil, err
	}
	return frame, nil
}

// putInit writes the init into the container's volume.
func (r *Runtime) putInit(ctx context.Context, id string, program []byte, say screen) error {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err := w.WriteHeader(&tar.Header{Name: initName, Typeflag: tar.TypeReg, Mode: 0o555, Size: int64(len(program))})
	if err == nil {
		_, err = w.Write(program)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("the init's archive: %w", err) // created in memory
	}
	bounded, cancel := context.WithTimeout(ctx, r.limits.start)
	defer cancel()
	if err := r.api.CopyToContainer(bounded, id, workload.DeliveryFolder, &archive, container.CopyToContainerOptions{}); err != nil {
		return r.failedWith(ctx, "putting the init program into the container's volume at "+workload.DeliveryFolder+" (delivery env without files needs none)", err, say)
	}
	return nil
}

// deliver sends the frame as the beginning of the container's input. It returns after it was
// sent or, on a terminal, after the init has restored the terminal. A container that exits in
// that time is not an error here, since the caller waits for its exit.
func (p *process) deliver(ctx context.Context, frame []byte) error {
	bounded, cancel := context.WithTimeout(ctx, p.runtime.limits.start)
	defer cancel()
	stop := context.AfterFunc(bounded, func() { _ = p.conn.Conn.SetDeadline(time.Unix(1, 0)) })
	err := p.send(frame)
	if !stop() || bounded.Err() != nil {
		return p.runtime.failed(ctx, "delivering the values to the container", bounded.Err())
	}
	return err
}

func (p *process) send(frame []byte) error {
	if p.streams.Terminal {
		if there, err := p.conn.forwardUntil(delivery.Ready, p.streams.Out); err != nil || !there {
			return err
		}
	}
	if _, err := p.conn.Conn.Write(frame); err != nil {
		return nil
	}
	if p.streams.Terminal {
		_, err := p.conn.forwardUntil(delivery.Done, p.streams.Out)
		return err
	}
	if p.streams.In == nil {
		_ = p.conn.CloseWrite()
	}
	return nil
}

// forwardUntil forwards a terminal's output to out until mark, which it removes. It returns false if
// the output ends before mark.
func (a *attachment) forwardUntil(mark string, out io.Writer) (bool, error) {
	var held []byte
	for {
		c, err := a.Reader.ReadByte()
		if err != nil {
			_, err = out.Write(held)
			return false, writing(err)
		}
		held = append(held, c)
		for len(held) > 0 && !bytes.HasPrefix([]byte(mark), held) {
			if _, err := out.Write(held[:1]); err != nil {
				return false, writing(err)
			}
			held = held[1:]
		}
		if string(held) == mark {
			return true, nil
		}
	}
}

func writing(err error) error {
	if err == nil || errors.Is(err, net.ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", errWriting, err)
}
