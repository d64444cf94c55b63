package handoff

import (
	"io"
	"os"
)

// Handshake is the supervisor's side of Start. It reads the StartRequest, and returns a
// channel that is closed when the starter goes away. A starter also goes away after the
// Reporter has reported the end of the start.
func Handshake(in io.Reader, out io.Writer) (StartRequest, *Reporter, <-chan struct{}, error) {
	answers := &Reporter{to: out}
	message, err := read(in)
	if err != nil {
		answers.Failed(err)
		return StartRequest{}, answers, nil, err
	}
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(gone)
	}()
	return message, answers, gone, nil
}

// Detach replaces the pipes to the starter by the null device: the starter would
// otherwise wait for their end.
func Detach(in, out any) {
	for _, stream := range []any{in, out} {
		if file, ok := stream.(*os.File); ok {
			redirectToNull(file)
		}
	}
}
