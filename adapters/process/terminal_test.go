//go:build unix

package process

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

// whichTerminals says which streams are terminals, of what size, and that what
// is printed goes where it should.
const whichTerminals = `for n in 0 1 2; do test -t $n && echo tty $n >&$OVER; done
	stty size </dev/tty >&$OVER; echo to out; echo to err >&2; read line; echo got $line`

func TestTerminal_DividesStreams(t *testing.T) {
	const in, out, errs = workload.StreamIn, workload.StreamOut, workload.StreamErr
	for name, test := range map[string]struct {
		apart    workload.StreamSet
		over     string
		out, err string
	}{
		"all":          {0, "1", "tty 0|tty 1|tty 2|42 101|to out|to err|got typed|", ""},
		"2>file":       {errs, "1", "tty 0|tty 1|42 101|to out|got typed|", "to err|"},
		">file":        {out, "2", "to out|got typed|", "tty 0|tty 2|42 101|to err|"},
		"<file":        {in, "1", "tty 1|tty 2|42 101|to out|to err|got typed|", ""},
		"<file >file":  {in | out, "2", "to out|got typed|", "tty 2|42 101|to err|"},
		"<file 2>file": {in | errs, "1", "tty 1|42 101|to out|got typed|", "to err|"},
	} {
		t.Run(name, func(t *testing.T) {
			reader, feed := io.Pipe()
			r := start(t, Config{}, workload.Streams{
				In: reader, Terminal: true, Size: workload.Size{Columns: 101, Rows: 42}, Apart: test.apart,
			}, map[string]string{"OVER": test.over}, "sh", "-c", "stty -echo </dev/tty; "+whichTerminals)
			_, _ = io.WriteString(feed, "typed\n")
			_ = feed.Close()
			if code := r.wait(t); code != 0 {
				t.Error(code)
			}
			lines := strings.NewReplacer("\r\n", "|", "\n", "|")
			if test.apart.Has(in) && strings.Contains(r.out.String()+r.err.String(), "\r") {
				t.Error("carriage returns that our terminal adds as well")
			}
			gotOut, gotErr := lines.Replace(r.out.String()), lines.Replace(r.err.String())
			if strings.TrimPrefix(gotOut, "typed|") != test.out || strings.TrimPrefix(gotErr, "typed|") != test.err {
				t.Errorf("out %q, err %q", gotOut, gotErr)
			}
		})
	}
}

func TestTerminal_ApartFileIsTheProcesssInput(t *testing.T) {
	file, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = file.Close(), feed.Close() }()
	r := start(t, Config{}, workload.Streams{In: file, Terminal: true, Apart: workload.StreamIn}, map[string]string{roleVariable: "interrupts"}, self(t))
	r.out.await(t, "ready")
	if err := r.Signal(t.Context(), syscall.SIGINT); err != nil {
		t.Error(err)
	}
	r.out.await(t, "interrupted")
	if err := r.Signal(t.Context(), syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	r.wait(t)
	if r.Process.(*running).cmd.Stdin != file {
		t.Error("its input goes through us")
	}
}
