package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"text/template"
)

const canary = "Hunter2-canary\x00\xff"

// holders are everything that a Value may be inside of when it is printed.
func holders() []any {
	v := NewValue([]byte(canary))
	type inner struct{ v Value }
	type outer struct {
		Shown   Value
		hidden  Value
		behind  *Value
		nested  inner
		list    []Value
		array   [2]Value
		byName  map[string]Value
		byValue map[string]*inner
		any     any
	}
	all := outer{v, v, &v, inner{v}, []Value{v}, [2]Value{v, v}, map[string]Value{"k": v}, map[string]*inner{"k": {v}}, v}
	return []any{
		v, &v, all, &all, []Value{v}, []*Value{&v}, []outer{all}, map[string]Value{"k": v}, map[string]outer{"k": all},
		inner{v}, &inner{v}, struct{ E error }{holdingError{v}}, holdingError{v}, fmt.Errorf("wrapped: %w", holdingError{v}),
		errors.Join(holdingError{v}), &Error{Op: "get", Provider: "p", Err: holdingError{v}}, any(v),
	}
}

type holdingError struct{ v Value }

func (e holdingError) Error() string { return fmt.Sprint("holds ", e.v) }

// wantNone checks that printed has the plaintext in no form.
func wantNone(t *testing.T, printed string) {
	t.Helper()
	const text = "Hunter2-canary"
	for _, form := range []string{
		text, "Hunter2", hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
		base64.StdEncoding.EncodeToString([]byte(text))[:16], strings.Trim(fmt.Sprint([]byte(text)), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(text)), "[]byte{"), "}"),
		fmt.Sprintf("% x", text), fmt.Sprintf("% X", text),
	} {
		if strings.Contains(printed, form) {
			t.Errorf("the plaintext is printed as %q in\n%s", form, printed)
		}
	}
}

func TestValue_PrintsRedactedUnderEveryVerb(t *testing.T) {
	for _, holder := range holders() {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "50", ".3", "+#", "# ", "-50.3"} {
				wantNone(t, fmt.Sprintf("%"+flags+string(verb), holder))
			}
		}
	}
	v := NewValue([]byte(canary))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T|%v"} {
		if got := fmt.Sprintf(strings.TrimPrefix(verb, "%T|"), v); got != Redacted {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if v.String() != Redacted || v.GoString() != Redacted || fmt.Sprint(&v) != Redacted || fmt.Sprint([]Value{v}) != "["+Redacted+"]" {
		t.Error("a Value does not print as Redacted")
	}
}

func TestValue_MarshalsAsRedacted(t *testing.T) {
	for _, holder := range holders() {
		text, err := json.Marshal(holder)
		wantNone(t, fmt.Sprint(string(text), err))
		text, err = xml.Marshal(holder)
		wantNone(t, fmt.Sprint(string(text), err))
		var binary bytes.Buffer
		err = gob.NewEncoder(&binary).Encode(holder)
		wantNone(t, fmt.Sprint(binary.String(), err))
		var page bytes.Buffer
		err = template.Must(template.New("").Parse("{{.}} {{printf `%x %q` . .}}")).Execute(&page, holder)
		wantNone(t, fmt.Sprint(page.String(), err))
	}
	v := NewValue([]byte(canary))
	if text, err := json.Marshal(map[string]Value{"k": v}); err != nil || string(text) != `{"k":"`+Redacted+`"}` {
		t.Errorf("JSON is %s, %v", text, err)
	}
	if text, err := v.MarshalText(); err != nil || string(text) != Redacted {
		t.Errorf("text is %s, %v", text, err)
	}
}

func TestValue_LogsAsRedacted(t *testing.T) {
	var out bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, options), slog.NewJSONHandler(&out, options)} {
		logger := slog.New(handler)
		for _, holder := range holders() {
			logger.Info("message", "holder", holder, slog.Group("group", slog.Any("inside", holder)))
			logger.With("holder", holder).Debug("with")
		}
	}
	plain := log.New(&out, "", 0)
	for _, holder := range holders() {
		plain.Println(holder)
	}
	wantNone(t, out.String())
	if !strings.Contains(out.String(), `"holder":"`+Redacted+`"`) {
		t.Error("a Value is not logged as Redacted")
	}
}

// TestValue_PanicPrintsNoPlaintext starts itself once for each holder, since
// what the runtime prints of a panic cannot be seen from inside.
func TestValue_PanicPrintsNoPlaintext(t *testing.T) {
	if which := os.Getenv("SECRET_TEST_PANIC"); which != "" {
		for i, holder := range holders() {
			if fmt.Sprint(i) == which {
				panic(holder)
			}
		}
	}
	for i := range holders() {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestValue_PanicPrintsNoPlaintext$")
		command.Env = append(os.Environ(), fmt.Sprintf("SECRET_TEST_PANIC=%d", i))
		out, err := command.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("panic:")) {
			t.Fatalf("holder %d does not panic: %v\n%s", i, err, out)
		}
		wantNone(t, string(out))
	}
}

func TestValue_IsImmutable(t *testing.T) {
	text := []byte("plain")
	v := NewValue(text)
	text[0] = 'X'
	v.Bytes()[1] = 'X'
	if got := string(v.Bytes()); got != "plain" {
		t.Errorf("it is %q now", got)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !v.Equal(NewValue([]byte("plain"))) || v.Len() != 5 {
				t.Error("another goroutine sees another value")
			}
		})
	}
	all.Wait()
}

func TestValue_ZeroIsEmpty(t *testing.T) {
	var zero Value
	if zero.Len() != 0 || zero.Bytes() == nil || !zero.Equal(NewValue(nil)) || zero.Equal(NewValue([]byte("x"))) {
		t.Error("the zero Value is not the empty one")
	}
}
