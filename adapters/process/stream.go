package process

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeCapacity is the maximum capacity of a user's pipe on Linux.
const pipeCapacity = 1 << 20

// output copies the output of a process. Only one goroutine copies.
type output struct {
	from *os.File
	to   io.Writer
	done chan struct{} // closed when all is copied
	err  error         // valid after done

	blocking bool // whether from knows no deadlines

	mutex     sync.Mutex
	abandoned bool

	deadline sync.Mutex    // for setting it; not held during a write
	limit    time.Time     // the deadline of reads; zero for none
	asked    chan struct{} // closed by copy once it has passed on what is there; nil if not asked for
}

func (o *output) copy() {
	defer close(o.done)
	buffer := make([]byte, 64<<10)
	for {
		n, err := o.from.Read(buffer)
		if !o.write(buffer[:n]) {
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if o.pour(buffer) {
				continue
			}
			o.rest(buffer)
			return
		}
		if err != nil { // io.EOF; EIO at the end of a terminal
			return
		}
	}
}

// flush waits until the output that the process has written so far is forwarded, for at most
// flushTime, since the reader may be slow. For reads without deadlines it waits for that time.
func (o *output) flush() {
	const flushTime = 500 * time.Millisecond
	asked := make(chan struct{})
	o.deadline.Lock()
	o.asked = asked
	_ = o.from.SetReadDeadline(time.Now())
	o.deadline.Unlock()
	timer := time.NewTimer(flushTime)
	defer timer.Stop()
	select {
	case <-asked:
	case <-o.done:
	case <-timer.C:
	}
}

// pour copies the available output, if flush has requested it.
func (o *output) pour(buffer []byte) bool {
	o.deadline.Lock()
	asked := o.asked
	o.asked = nil
	_ = o.from.SetReadDeadline(o.limit)
	o.deadline.Unlock()
	if asked == nil {
		return false
	}
	defer close(asked)
	for hasMore(o.from) {
		n, err := o.from.Read(buffer)
		if !o.write(buffer[:n]) || err != nil {
			break // what broke shows again at the next read or write
		}
	}
	return true
}

// rest copies the output that is left in the pipe if the deadline passed during a slow write. A
// process that was left behind may continue to write, so the copied output is limited in length
// and time.
func (o *output) rest(buffer []byte) {
	const patience, pause = 100 * time.Millisecond, 20 * time.Millisecond
	waited := time.Duration(0)
	for copied := 0; copied < pipeCapacity && waited < patience; {
		begin := time.Now()
		_ = o.from.SetReadDeadline(begin.Add(pause))
		n, err := o.from.Read(buffer)
		waited += time.Since(begin)
		copied += n
		if !o.write(buffer[:n]) || err != nil {
			return
		}
	}
}

// write reports whether more may be written. If the writer fails, the process's pipe is closed,
// as if the process wrote to it directly.
func (o *output) write(p []byte) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.abandoned {
		return false
	}
	if len(p) == 0 {
		return true
	}
	if _, err := o.to.Write(p); err != nil {
		if !errors.Is(err, syscall.EPIPE) {
			o.err = err
		}
		_ = o.from.Close()
		return false
	}
	return true
}

// expire limits the time for further output.
func (o *output) expire(limit time.Time) {
	o.deadline.Lock()
	defer o.deadline.Unlock()
	o.limit = limit
	o.blocking = errors.Is(o.from.SetReadDeadline(limit), os.ErrNoDeadline)
}

// finish waits until all output is copied. If reads do not support deadlines, it returns at limit,
// and nothing is written afterwards.
func (o *output) finish(limit time.Time) error {
	if o.blocking {
		timer := time.NewTimer(time.Until(limit))
		defer timer.Stop()
		select {
		case <-o.done:
		case <-timer.C:
			o.mutex.Lock()
			defer o.mutex.Unlock()
			o.abandoned = true
			return nil
		}
	}
	<-o.done
	return o.err
}

// input copies from a reader to a process.
type input struct {
	from io.Reader
	to   *os.File
	// finish signals the end of the input to the process; mid is true within a line.
	finish func(mid bool)
	done   chan struct{}
}

func (i *input) start() {
	i.done = make(chan struct{})
	go func() {
		defer close(i.done)
		last := lastByte{to: i.to}
		_, _ = io.Copy(&last, i.from) // either end may break, and ends the input
		i.finish(last.written && last.value != '\n')
	}()
}

// stop ends the copying if a read can be interrupted, and leaves from usable.
func (i *input) stop() {
	now := time.Now()
	file, ok := i.from.(*os.File)
	if !ok || i.to.SetWriteDeadline(now) != nil || file.SetReadDeadline(now) != nil {
		return
	}
	<-i.done
	_ = file.SetReadDeadline(time.Time{})
}

type lastByte struct {
	to      io.Writer
	written bool
	value   byte
}

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.written, l.value = true, p[len(p)-1]
	}
	return l.to.Write(p)
}
