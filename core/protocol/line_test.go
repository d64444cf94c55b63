package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func TestReader_TakesLinesUpToTheLimit(t *testing.T) {
	for _, size := range []int{10, 64<<10 - 1, 64 << 10, 64<<10 + 1, MaxLine - 1, MaxLine, MaxLine + 1} {
		line := `{"id":1}` + strings.Repeat(" ", size-8) + "\n"
		r := NewReader(strings.NewReader(line + line))
		for n := 1; n <= 2; n++ {
			var a Answer
			err := r.Read(&a)
			if size > MaxLine {
				var broken *BreakError
				if !errors.As(err, &broken) || broken.Line != 1 {
					t.Errorf("%d bytes: %v", size, err)
				}
				break
			}
			if err != nil || a.ID != 1 || r.Line() != n {
				t.Errorf("%d bytes, line %d: %v", size, n, err)
			}
		}
	}
}

func TestReader_TellsAnEndFromAnEndInTheMiddle(t *testing.T) {
	for text, want := range map[string]string{"": "EOF", "{}\n": "", "{}": "in the middle", " ": "in the middle"} {
		err := NewReader(iotest.OneByteReader(strings.NewReader(text))).Read(&Answer{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got error %v, want %q", text, err, want)
		}
	}
	odd := errors.New("odd")
	if err := NewReader(iotest.ErrReader(odd)).Read(&Answer{}); !errors.Is(err, odd) {
		t.Error(err)
	}
}

func TestReader_IgnoresWhatItDoesNotKnow(t *testing.T) {
	var a Answer
	err := NewReader(strings.NewReader("\t {\"id\":7,\"later\":{\"a\":[1]},\"value\":\"SHVudGVyMg==\"} \r\n")).Read(&a)
	if err != nil || a.ID != 7 || string(a.Value.Bytes()) != "Hunter2" {
		t.Errorf("got %+v, %v, want the answer 7 with its value", a, err)
	}
}

func TestWriter_LinesOfManyGoroutinesStayApart(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if err := w.Write(Answer{ID: int64(i + 1), Name: strings.Repeat("<&>", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r := NewReader(&out)
	for range 50 {
		var a Answer
		if err := r.Read(&a); err != nil || a.Name != strings.Repeat("<&>", int(a.ID-1)) {
			t.Errorf("got %+v, %v, want its whole name", a, err)
		}
	}
}

type brokenPipe struct{ err error }

func (b brokenPipe) Write([]byte) (int, error) { return 0, b.err }

func TestWriter_TooLargeIsNotWrittenAndOtherErrorsLast(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	if err := w.Write(Answer{ID: 1, Name: strings.Repeat("x", MaxLine)}); !errors.Is(err, secret.ErrTooLarge) || out.Len() != 0 {
		t.Errorf("%v, and %d bytes are written", err, out.Len())
	}
	if err := w.Write(Answer{ID: 1}); err != nil || out.String() != "{\"id\":1}\n" {
		t.Errorf("got %q, %v, want one line", out.String(), err)
	}
	w = NewWriter(brokenPipe{io.ErrClosedPipe})
	for range 2 {
		if err := w.Write(Answer{ID: 1}); !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		w.to = &out
	}
}

func TestPlaintext_PrintsRedactedAndMarshalsItself(t *testing.T) {
	m := Request{ID: 1, Op: OpPut, Value: NewPlaintext(secret.NewValue([]byte("Hunter2")))}
	printed := fmt.Sprintf("%v %+v %#v %s", m, m, m, m.Value)
	if strings.Contains(printed, "Hunter2") || strings.Contains(printed, "SHVu") || strings.Contains(printed, "72 117") {
		t.Error(printed)
	}
	line, err := json.Marshal(m)
	if err != nil || string(line) != `{"id":1,"op":"put","value":"SHVudGVyMg==","timeout_ms":0}` {
		t.Errorf("got %s, %v, want the value in base64", line, err)
	}
	for _, text := range []string{`"SHVudGVyMg"`, `"SHVudGVyMg=\n="`, `"SHVudGVyMh=="`, `"SHVudGVyMg==="`, `"_-=="`, `7`, `["SHVudGVyMg=="]`} {
		var a Answer
		err := NewReader(strings.NewReader(`{"id":1,"value":` + text + "}\n")).Read(&a)
		if err == nil || !strings.Contains(err.Error(), errBase64.Error()) {
			t.Errorf("%s: got %v, want %v", text, err, errBase64)
		}
	}
}

func TestCapabilities_ComeBackByName(t *testing.T) {
	for c := range 1 << len(capabilities) {
		names := CapabilityNames(provider.Capability(c))
		if got := ParseCapabilities(append(names, "sing", "get")); got != provider.Capability(c) || names == nil {
			t.Errorf("%v becomes %v", provider.Capability(c), got)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range []string{
		`{"id":1,"value":"SHVudGVyMg=="}`, `{"id":2,"results":[{"value":""},{"error":{"class":"denied"}}],"more":true}`, "null", "{", "\xff",
		`{"id":3,"items":[{"name":"a","created":"2026-01-02T15:04:05Z"}]}`, `{"id":4,"version":1,"capabilities":["put"]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const canary = "Hunter2-never-told"
		r := NewReader(strings.NewReader(text + "\n" + text + canary + "\n" + canary))
		for {
			var a Answer
			err := r.Read(&a)
			if err != nil {
				if strings.Contains(err.Error(), canary) {
					t.Errorf("the error repeats the line: %v", err)
				}
				break
			}
			for _, op := range []Op{OpHello, OpGet, OpGetAll, OpPut, OpDelete, OpList, OpCheck} {
				wrong := a.Fits(op)
				if strings.Contains(wrong, canary) {
					t.Errorf("it repeats the line: %s", wrong)
				}
				if wrong == "" && op == OpGet && (a.Value == nil) == (a.Error == nil) {
					t.Errorf("%+v fits a get", a)
				}
			}
			if _, err := Line(a); err != nil && !errors.Is(err, secret.ErrTooLarge) {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}

func TestReader_TakesAFieldByItsExactNameOnly(t *testing.T) {
	for line, want := range map[string]Answer{
		`{"ID":7,"id":1}`: {ID: 1},
		`{"id":1,"Name":"b","name":"a","NAME":"c"}`:                      {ID: 1, Name: "a"},
		`{"id":1,"later":"\"","Name":7}`:                                 {ID: 1},
		`{"id":1,"n\u0061me":"a"}`:                                       {ID: 1, Name: "a"},
		`{"id":1,"\u004eame":"a"}`:                                       {ID: 1},
		`{"id":1,"itemſ":[],"items" :[{"name":"More"}]}`:                 {ID: 1, Items: []Item{{Name: "More"}}},
		`{"id":1,"items":[{"Name":"b","name":"\"Name\":"}],"MORE":true}`: {ID: 1, Items: []Item{{Name: `"Name":`}}},
		`{"id":1,"later":{"Id":["Id"]},"x\\":1,"Error"` + "\t:7}":        {ID: 1},
		`{"id":1,"results":[{"Cached":true,"error":{"CLASS":7,"class":"denied","Message":"m"}}]}`: {
			ID: 1, Results: []Result{{Error: &Failure{Class: secret.ClassDenied}}},
		},
	} {
		var got Answer
		if err := NewReader(strings.NewReader(line + "\n")).Read(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v, %v", line, got, err)
		}
	}
}

// TestFields_AreThoseOfTheMessages looks at the messages' own names.
func TestFields_AreThoseOfTheMessages(t *testing.T) {
	tagged := map[string]bool{}
	for _, message := range []any{Request{}, Answer{}, Result{}, Item{}, Failure{}} {
		for field := range reflect.TypeOf(message).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			tagged[name] = true
		}
	}
	for _, name := range fields {
		if !tagged[name] {
			t.Errorf("no message has %s", name)
		}
		delete(tagged, name)
	}
	if len(tagged) > 0 {
		t.Errorf("missing are %v", tagged)
	}
}
