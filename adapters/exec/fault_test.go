package exec

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestOpen_FaultsAreClassifiedAndSayWhatToDo(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o700); err != nil {
		t.Fatal(err)
	}
	with := func(mode, path string) Config {
		c := config(mode)
		c.Timeout = 500 * time.Millisecond
		if path != "" {
			c.Command = []string{path}
		}
		return c
	}
	for name, c := range map[string]struct {
		config Config
		class  error
		text   string
	}{
		"missing":         {with("", filepath.Join(folder, "absent")), secret.ErrUnavailable, "correct secrets.providers.test.command"},
		"folder":          {with("", folder), secret.ErrUnavailable, "is no program"},
		"no program":      {with("", plain), secret.ErrUnavailable, "start the program " + plain},
		"exits at once":   {with("exits at once", ""), secret.ErrUnavailable, "ended (exit status 3)"},
		"hangs at hello":  {with("hangs at hello", ""), secret.ErrUnavailable, "did not answer hello within 500ms"},
		"refuses hello":   {with("refuses hello", ""), secret.ErrLocked, "locked: log in first"},
		"another version": {with("another version", ""), secret.ErrUnavailable, "another version"},
		"no version":      {with("no version", ""), secret.ErrUnavailable, "line 1: version"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "hangs at hello" {
				c.config.Timeout = 0
			}
			p, err := Open(t.Context(), c.config)
			if p != nil || !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v; want %v with %q", err, c.class, c.text)
			}
		})
	}
}

func TestOpen_SaysWhatTheConfigLacks(t *testing.T) {
	for name, c := range map[string]Config{
		"command": {Scheme: "a"}, "absolute": {Scheme: "a", Command: []string{"program"}}, "scheme": {Command: []string{program}},
	} {
		if p, err := Open(t.Context(), c); p != nil || secret.ClassOf(err) != secret.ClassOther {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpen_FollowsItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, config("hangs at hello")); err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
	if _, err := Open(ctx, config("memory")); err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
}

// breaches are the ways in which a program breaks the protocol, each with the call that
// meets it and what the error says.
var breaches = map[string]struct {
	call func(*Provider) error
	text string
}{
	"ends in a call":    {getOne, "ended (exit status 4)"},
	"closes its output": {getOne, "closed its output"},
	"ends in a line":    {getOne, "line 2: it ends in the middle"},
	"endless line":      {getOne, "line 2: it is longer than 4194304 bytes"},
	"endless answers":   {getOne, "line 2: it answers no request"},
	"endless pages":     {listAll, "line 2: a page is empty"},
	"endless list":      {listAll, "the answer has more than 67108864 bytes"},
	"unknown id":        {getOne, "line 2: it answers no request"},
	"no id":             {getOne, "line 2: it answers no request"},
	"twice":             {getTwice, "line 3: it answers a request a second time"},
	"malformed":         {getOne, "line 2: it is not a JSON object of the protocol's form"},
	"no JSON":           {getOne, "line 2: it is not a JSON object"},
	"array":             {getOne, "line 2: it is not a JSON object"},
	"no UTF-8":          {getOne, "line 2: it is not UTF-8"},
	"value and error":   {getOne, "line 2: it has an error and an answer"},
	"neither":           {getOne, "line 2: value is in the answer to get"},
	"bad base64":        {getOne, "line 2: a value is not standard base64"},
	"no padding":        {getOne, "line 2: a value is not standard base64"},
	"another's answer":  {getOne, "line 2: value is in the answer to get"},
	"fewer results":     {getTwo, "line 2: there is not one of the results for each reference"},
	"more results":      {getTwo, "line 2: there is not one of the results for each reference"},
	"result of nothing": {getTwo, "line 2: each of the results has a value or an error"},
}

// TestBreak_EndsTheProgramAndEveryCall runs programs that break the protocol.
func TestBreak_EndsTheProgramAndEveryCall(t *testing.T) {
	for mode, c := range breaches {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := open(t, config(mode))
			err := c.call(p)
			if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), program) {
				t.Errorf("%v; want %q", err, c.text)
			}
			for _, err := range []error{err, getOne(p), getTwo(p), listAll(p), p.Check(t.Context()), p.Delete(t.Context(), secretRef("a"))} {
				text := strings.ReplaceAll(err.Error(), program, "")
				if !errors.Is(err, secret.ErrUnavailable) || strings.Contains(text, "Hunter2") || strings.Contains(text, "77") {
					t.Errorf("after the break: %v", err)
				}
			}
			<-p.session.done // no other call closes it
			if !p.session.process.reaped {
				t.Error("the program goes on")
			}
		})
	}
}

func getOne(p *Provider) error {
	_, err := p.Get(context.Background(), secretRef("a"))
	return err
}

func getTwo(p *Provider) error {
	_, err := p.GetAll(context.Background(), []secret.Ref{secretRef("a"), secretRef("b")})
	return err
}

func listAll(p *Provider) error {
	for _, err := range p.List(context.Background()) {
		return err
	}
	return nil
}

func getTwice(p *Provider) error { return errors.Join(getOne(p), getOne(p)) }

func secretRef(name string) secret.Ref {
	r, _ := secret.ParseRef(name)
	return r
}

func TestProgram_MayAnswerInAnyOrder(t *testing.T) {
	p := open(t, config("out of order"))
	var both sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		both.Go(func() {
			if got, err := get(t, p, name); err != nil || got != name {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	both.Wait()
}

func TestCall_ThatHangsEndsAloneWithItsContext(t *testing.T) {
	p := open(t, config("hangs in a call"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := p.Get(ctx, secretRef("hang"))
		ended <- err
	}()
	until(t, "the program is asked", func() bool {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		return p.session.last == 2
	})
	if got, err := get(t, p, "a"); err != nil || got != "a" {
		t.Errorf("beside it: %q, %v", got, err)
	}
	cancel()
	if err := <-ended; err != context.Canceled { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
	if got, err := get(t, p, "b"); err != nil || got != "b" {
		t.Errorf("after it: %q, %v", got, err)
	}
}

func TestCall_ThatHangsEndsAfterTheTimeout(t *testing.T) {
	for mode, what := range map[string]string{"hangs in a call": "hang", "never reads": strings.Repeat("x", 200)} {
		c := config(mode)
		p := open(t, c)
		p.session.Timeout, p.session.answerSlack = 50*time.Millisecond, 0
		_, err := get(t, p, what)
		if !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "did not answer get within 50ms") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

func TestCall_ThatTheProgramDoesNotReadEndsToo(t *testing.T) {
	t.Parallel()
	p := open(t, config("never reads"))
	p.session.Timeout, p.session.answerSlack = 50*time.Millisecond, 0
	for range 3 { // the first fills the pipe
		err := p.Put(t.Context(), secretRef("a"), secret.NewValue(bytes.Repeat([]byte("x"), 1<<20)))
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Error(err)
		}
	}
}

func TestCall_AnswerAfterTheDeadlineIsDropped(t *testing.T) {
	p := open(t, config("answers late"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Get(ctx, secretRef("a")); err != context.DeadlineExceeded { //nolint:errorlint // unchanged is the promise
		t.Fatal(err)
	}
	for _, name := range []string{"b", "c"} {
		if got, err := get(t, p, name); err != nil || got != name {
			t.Errorf("%q, %v", got, err)
		}
	}
	if len(p.session.calls) != 0 {
		t.Error("the call is kept")
	}
}

func TestClose_EndsAProgramThatIgnoresIt(t *testing.T) {
	p := open(t, config("ignores its end"))
	if _, err := get(t, p, "a"); err != nil {
		t.Fatal(err)
	}
	var closers sync.WaitGroup
	for range 4 {
		closers.Go(func() { _ = p.Close() })
	}
	closers.Wait()
	p.Kill()
	if !p.session.process.reaped {
		t.Error("the program goes on")
	}
	for _, err := range []error{
		p.Check(t.Context()), p.Delete(t.Context(), secretRef("a")), p.Put(t.Context(), secretRef("a"), secret.Value{}),
	} {
		if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "the provider test was closed") {
			t.Error(err)
		}
	}
}

func TestClose_IsTheEndAlsoOfWhatTheProgramCannotDo(t *testing.T) {
	p := open(t, config("reader"))
	p.Kill()
	_, batch := p.GetAll(t.Context(), nil)
	for _, err := range []error{p.Check(t.Context()), p.Put(t.Context(), secretRef("a"), secret.Value{}), batch} {
		if !errors.Is(err, secret.ErrUnavailable) {
			t.Error(err)
		}
	}
}

func TestClose_LetsTheProgramEndByItself(t *testing.T) {
	p := open(t, config("memory", t.TempDir()))
	if err := p.Close(); err != nil || !p.session.process.cmd.ProcessState.Success() {
		t.Errorf("%v, %v", err, p.session.process.cmd.ProcessState)
	}
}

func TestClose_EndsCallsThatWait(t *testing.T) {
	p := open(t, config("hangs in a call"))
	ended := make(chan error)
	go func() {
		_, err := p.Get(context.Background(), secretRef("hang"))
		ended <- err
	}()
	until(t, "the program is asked", func() bool {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		return len(p.session.calls) == 1
	})
	p.Kill()
	if err := <-ended; !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}

// logged is what a logger at debug level writes.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func logging(mode string, level slog.Level) (Config, *logged) {
	c, out := config(mode), &logged{}
	c.Logger = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
	return c, out
}
