package docker

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/docker/docker/pkg/stdcopy"
)

func TestDemultiplex_IsExactForAnyReader(t *testing.T) {
	var wire bytes.Buffer
	out, errs := stdcopy.NewStdWriter(&wire, stdcopy.Stdout), stdcopy.NewStdWriter(&wire, stdcopy.Stderr)
	big := bytes.Repeat([]byte("0123456789abcdef!"), 5000)
	for _, part := range [][]byte{[]byte("a"), {}, big, {0, 1, 0xff}} {
		_, _ = out.Write(part)
		_, _ = errs.Write(append([]byte("e"), part...))
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader,
		"halves": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
	} {
		var gotOut, gotErr, wantOut, wantErr bytes.Buffer
		if _, err := stdcopy.StdCopy(&wantOut, &wantErr, bytes.NewReader(wire.Bytes())); err != nil {
			t.Fatal(err)
		}
		if err := demultiplex(wrap(bytes.NewReader(wire.Bytes())), &gotOut, &gotErr); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if gotOut.String() != wantOut.String() || gotErr.String() != wantErr.String() {
			t.Errorf("%s: other bytes", name)
		}
	}
}

func TestDemultiplex_CutAnywhereIsAnErrorAndWhatCameIsWritten(t *testing.T) {
	wire := frame(1, "hello") + frame(2, "world")
	for n := range len(wire) + 1 {
		var out, errs bytes.Buffer
		err := demultiplex(bytes.NewReader([]byte(wire[:n])), &out, &errs)
		whole := n == 0 || n == 13 || n == 26
		if whole != (err == nil) || err != nil && !errors.Is(err, errCut) {
			t.Errorf("%d: %v", n, err)
		}
		if n == 10 && out.String() != "he" {
			t.Errorf("%q", out.String())
		}
	}
}

func FuzzDemultiplex(f *testing.F) {
	f.Add([]byte(frame(1, "hello") + frame(2, "world")))
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'x'})
	f.Add([]byte{3, 0, 0, 0, 0, 0, 0, 1, 'x'})
	f.Fuzz(func(t *testing.T, wire []byte) {
		var out, errs bytes.Buffer
		err := demultiplex(bytes.NewReader(wire), &out, &errs)
		if err != nil && !errors.Is(err, errCut) && !errors.Is(err, errFormat) {
			t.Error(err)
		}
		if out.Len()+errs.Len() > len(wire) {
			t.Error("more came out than went in")
		}
	})
}
