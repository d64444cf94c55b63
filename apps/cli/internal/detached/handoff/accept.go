package handoff

import (
	"io"
	"os"
)

// Accept is the supervisor's side of Start. It reads the Message, and answers the
// channel that is closed when the starter goes away, which it also does after it
// has been told that the workload runs.
func Accept(in io.Reader, out io.Writer) (Message, *Answers, <-chan struct{}, error) {
	answers := &Answers{to: out}
	message, err := read(in)
	if err != nil {
		answers.Failed(err)
		return Message{}, answers, nil, err
	}
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(gone)
	}()
	return message, answers, gone, nil
}

// LetGo puts nothing in the place of the pipes to the starter, which would
// otherwise wait for their end.
func LetGo(in, out any) {
	for _, stream := range []any{in, out} {
		if file, ok := stream.(*os.File); ok {
			nothing(file)
		}
	}
}
