package delivery

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const canary = "c4n4ry"

func sample() Frame {
	return Frame{
		Variables: []Variable{{"KEY", []byte(canary + "\n\xff\x04")}, {"EMPTY", nil}},
		Files:     []File{{"/run/secrets/a", 0o400, []byte(canary + "\x00")}, {"/b", 0, []byte{}}},
	}
}

func encoded(t testing.TB, f Frame) []byte {
	t.Helper()
	text, err := Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func same(a, b Frame) bool {
	text, err := Encode(a)
	other, otherErr := Encode(b)
	return err == nil && otherErr == nil && bytes.Equal(text, other)
}

func TestRead_AnswersWhatWasEncodedAndTakesNoByteMore(t *testing.T) {
	for name, f := range map[string]Frame{"sample": sample(), "empty": {}} {
		in := strings.NewReader(string(encoded(t, f)) + "input of the program")
		got, err := Read(iotest.HalfReader(in))
		if err != nil || !same(got, f) {
			t.Fatalf("%s: got error %v or another frame, want the same frame", name, err)
		}
		if rest, _ := io.ReadAll(in); string(rest) != "input of the program" {
			t.Errorf("%s: %q is left", name, rest)
		}
	}
	f, err := Read(bytes.NewReader(encoded(t, sample())))
	if err != nil || f.Variables[0].Name != "KEY" || string(f.Variables[0].Value) != canary+"\n\xff\x04" ||
		f.Files[0].Path != "/run/secrets/a" || f.Files[0].Mode != 0o400 || string(f.Files[0].Content) != canary+"\x00" {
		t.Errorf("%d variables, %d files, %v", len(f.Variables), len(f.Files), err)
	}
}

func TestRead_CutAnywhereIsTruncatedAndSaysNothing(t *testing.T) {
	whole := encoded(t, sample())
	for n := range whole {
		want := ErrTruncated
		if n == 0 {
			want = ErrNothing
		}
		f, err := Read(bytes.NewReader(whole[:n]))
		if !errors.Is(err, want) || len(f.Variables)+len(f.Files) > 0 {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

func TestRead_AnyChangedByteIsSeen(t *testing.T) {
	whole := encoded(t, sample())
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 0x20
		if _, err := Read(bytes.NewReader(changed)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

// framed is body with a header that fits it.
func framed(body []byte) []byte {
	text := append([]byte(magic), version)
	text = binary.BigEndian.AppendUint32(text, uint32(len(body)))
	return append(binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(body)), body...)
}

func TestRead_WhatIsWrongIsToldApart(t *testing.T) {
	wrong := encoded(t, sample())
	wrong[len(magic)]++
	huge := binary.BigEndian.AppendUint32(append([]byte(magic), version), MaxBody+1)
	huge = append(huge, 0, 0, 0, 0)
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		in   io.Reader
		want error
	}{
		"nothing":                {strings.NewReader(""), ErrNothing},
		"a person's line":        {strings.NewReader("ls\n"), ErrForeign},
		"another program's":      {strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize"}`), ErrForeign},
		"a later version":        {bytes.NewReader(wrong), ErrVersion},
		"too large":              {bytes.NewReader(huge), ErrTooLarge},
		"the reader's own error": {iotest.ErrReader(broken), broken},
		"half an entry":          {bytes.NewReader(framed([]byte{kindVariable, 0, 0})), ErrDamaged},
		"a name past the end":    {bytes.NewReader(framed(appendEntry(nil, kindVariable, 0, "AB", nil)[:entryLength+1])), ErrDamaged},
		"lengths that overflow":  {bytes.NewReader(framed(append([]byte{kindFile, 0, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 8)...))), ErrDamaged},
		"an unknown kind":        {bytes.NewReader(framed(appendEntry(nil, 3, 0, "A", nil))), ErrDamaged},
		"a variable of a mode":   {bytes.NewReader(framed(appendEntry(nil, kindVariable, 1, "A", nil))), ErrDamaged},
		"a variable without":     {bytes.NewReader(framed(appendEntry(nil, kindVariable, 0, "", nil))), ErrDamaged},
		"a relative path":        {bytes.NewReader(framed(appendEntry(nil, kindFile, 0o400, "a", nil))), ErrDamaged},
		"a set-user-ID file":     {bytes.NewReader(framed(appendEntry(nil, kindFile, 0o4755, "/a", nil))), ErrDamaged},
	} {
		if _, err := Read(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestEncode_RefusesWhatReadWould(t *testing.T) {
	for name, c := range map[string]struct {
		f    Frame
		want error
	}{
		"too large":       {Frame{Files: []File{{"/a", 0o400, make([]byte, MaxBody)}}}, ErrTooLarge},
		"a name with =":   {Frame{Variables: []Variable{{"A=B", nil}}}, ErrDamaged},
		"a NUL":           {Frame{Variables: []Variable{{"A", []byte("\x00")}}}, ErrDamaged},
		"a relative path": {Frame{Files: []File{{"a", 0o400, nil}}}, ErrDamaged},
	} {
		if _, err := Encode(c.f); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := Encode(Frame{Files: []File{{"/a", 0o400, make([]byte, 1<<20)}}}); err != nil {
		t.Errorf("a file of 1 MiB: %v", err)
	}
}

func TestWipe_OverwritesTheValues(t *testing.T) {
	f, err := Read(bytes.NewReader(encoded(t, sample())))
	if err != nil {
		t.Fatal(err)
	}
	f.Wipe()
	if bytes.Contains(f.Variables[0].Value, []byte(canary)) || bytes.Contains(f.Files[0].Content, []byte(canary)) {
		t.Error("a value is left")
	}
}

func TestFrame_PrintsNoValue(t *testing.T) {
	text := fmt.Sprintf("%v %+v %#v %s", sample(), sample(), sample(), []Frame{sample()})
	if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprint([]byte(canary))) {
		t.Error("a value is printed")
	}
}

// Whatever comes in, Read answers a frame that encodes to just the bytes that it
// has taken, or one of the package's errors.
func FuzzRead(f *testing.F) {
	f.Add(encoded(f, sample()))
	f.Add(encoded(f, Frame{}))
	f.Add(append(encoded(f, sample()), "rest"...))
	f.Add([]byte(magic + "\x02"))
	f.Add([]byte(magic + "\x01\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Add(framed(appendEntry(nil, 3, 0, "A", nil)))
	f.Add([]byte("ls\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bytes.NewReader(text)
		frame, err := Read(in)
		if err != nil {
			for _, known := range []error{ErrNothing, ErrTruncated, ErrForeign, ErrVersion, ErrTooLarge, ErrDamaged} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("another error: %v", err)
		}
		taken := text[:len(text)-in.Len()]
		if again := encoded(t, frame); len(again) != len(taken) {
			t.Errorf("%d bytes were taken, and %d are encoded", len(taken), len(again))
		}
	})
}
