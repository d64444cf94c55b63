package exec

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// program is a copy of this test's binary in a directory of this user only. It
// becomes one of programs if modeVariable is set.
var program string

const modeVariable = "EXEC_TEST_MODE"

func TestMain(m *testing.M) {
	if mode, isProgram := os.LookupEnv(modeVariable); isProgram {
		programs[mode](&peer{in: bufio.NewReader(os.Stdin)})
		os.Exit(0)
	}
	folder, err := os.MkdirTemp("", "exec")
	if err == nil {
		program, err = install(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

func install(folder string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(own)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "provider")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	return path, os.WriteFile(path, content, 0o700)
}

func config(mode string, arguments ...string) Config {
	return Config{
		Name: "test", Scheme: "memory", Command: append([]string{program}, arguments...),
		Env:     []string{modeVariable + "=" + mode, "GORACE=atexit_sleep_ms=0"}, // else a race detector makes its end slow
		Timeout: 5 * time.Minute,                                                 // tests of the timeout set their own
	}
}

func open(t testing.TB, c Config) *Provider {
	t.Helper()
	p, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

var ref = providertest.MustRef

func get(t testing.TB, p *Provider, text string) (string, error) {
	t.Helper()
	value, err := p.Get(t.Context(), ref(t, text))
	return string(value.Bytes()), err
}

// peer is the program's side of the conversation, for programs that misbehave.
type peer struct{ in *bufio.Reader }

// next reads a request; at the end of the input the program ends.
func (p *peer) next() (r protocol.Request) {
	line, err := p.in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err != nil {
		os.Exit(0)
	}
	return r
}

func (p *peer) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (p *peer) hello() {
	p.say(`{"id":%d,"version":1,"capabilities":["put","delete","list","get-all","check"]}`, p.next().ID)
}

func (p *peer) answer(id int64, value string) {
	_ = protocol.NewWriter(os.Stdout).Write(protocol.Answer{ID: id, Value: protocol.NewPlaintext(secret.NewValue([]byte(value)))})
}

// echo answers each request with its reference until the input's end.
func (p *peer) echo() {
	for {
		r := p.next()
		p.answer(r.ID, r.Ref)
	}
}

// once says hello, answers one request with text, in which %d is the request's
// id, and goes on well.
func once(text string) func(*peer) {
	return func(p *peer) {
		p.hello()
		p.say("%s", strings.ReplaceAll(text, "%d", fmt.Sprint(p.next().ID)))
		p.echo()
	}
}

func hang() {
	for {
		time.Sleep(time.Hour) //nolint:forbidigo // a program that hangs
	}
}

func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !holds() {
		select {
		case <-limit.Done():
			t.Fatalf("it never came to this: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func endless(line string) {
	for {
		if _, err := io.WriteString(os.Stdout, line); err != nil {
			os.Exit(1)
		}
	}
}
