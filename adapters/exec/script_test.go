package exec

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

const documents = "../../docs/provider-protocol"

// script is a program that says its lines of a session, and ends with a status
// of its own where the host does not say the other ones.
func script(p *peer, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		os.Exit(8)
	}
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "< "):
			fmt.Print(line[2:])
		case strings.HasPrefix(line, "> "):
			got, err := p.in.ReadString('\n')
			if err != nil || !sameRequest(got, line[2:]) {
				fmt.Fprintf(os.Stderr, "the host says\n%s\nand the document\n%s", got, line[2:])
				os.Exit(9)
			}
		}
	}
	p.next()
}

// sameRequest leaves out how long the host waits, which is its own to say.
func sameRequest(a, b string) bool {
	var first, second map[string]any
	if json.Unmarshal([]byte(a), &first) != nil || json.Unmarshal([]byte(b), &second) != nil {
		return false
	}
	delete(first, "timeout_ms")
	delete(second, "timeout_ms")
	return reflect.DeepEqual(first, second)
}

// exchange is a request of a session and its answer, with all pages.
type exchange struct {
	request protocol.Request
	answer  protocol.Answer
}

func exchanges(t *testing.T, path string) (list []exchange) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "> ") {
			list = append(list, exchange{})
			err = json.Unmarshal([]byte(line[2:]), &list[len(list)-1].request)
		}
		if strings.HasPrefix(line, "< ") {
			last, page := &list[len(list)-1].answer, protocol.Answer{}
			err = protocol.NewReader(strings.NewReader(line[2:])).Read(&page)
			page.Results, page.Items = append(last.Results, page.Results...), append(last.Items, page.Items...)
			*last = page
		}
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	}
	return list
}

// TestProvider_SpeaksAsTheDocumentSays asks a program that says the document's
// lines, and takes no others.
func TestProvider_SpeaksAsTheDocumentSays(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(documents, "*.txt"))
	if err != nil || len(paths) < 5 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		if filepath.Base(path) == "broken.txt" {
			continue // no session
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			list := exchanges(t, path)
			if list[0].request.Versions[0] != protocol.Version {
				t.Skip("no host of this version says so")
			}
			c, out := logging("script", slog.LevelDebug)
			absolute, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			c.Command = append(c.Command, absolute)
			p, err := Open(t.Context(), c)
			if got, want := secret.ClassOf(err), classOf(list[0].answer.Error); got != want {
				t.Fatalf("hello: %v\n%s", err, out)
			}
			if err != nil {
				return
			}
			t.Cleanup(p.Kill)
			if diff := cmp.Diff(protocol.ParseCapabilities(list[0].answer.Capabilities), p.can); diff != "" {
				t.Error(diff)
			}
			for _, e := range list[1:] {
				if diff := cmp.Diff(answerOf(e.answer), e.ask(t, p), cmpopts.EquateEmpty()); diff != "" {
					p.Kill()
					t.Fatalf("request %d: %s\n%s", e.request.ID, diff, out)
				}
			}
		})
	}
}

// TestProvider_BreaksWhereTheDocumentSays asks programs that say one of the
// document's broken answers each.
func TestProvider_BreaksWhereTheDocumentSays(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(documents, "broken.txt"))
	if err != nil {
		t.Fatal(err)
	}
	const hello = `> {"id":1,"op":"hello","versions":[1],"scheme":"memory"}` + "\n" +
		`< {"id":1,"version":1,"capabilities":["list","get-all","check"]}` + "\n"
	request, broken, asked := "", 0, exchange{}
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "> "):
			request = line
			if err := json.Unmarshal([]byte(line[2:]), &asked.request); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(line, "< "):
			broken++
			path := filepath.Join(t.TempDir(), "session.txt")
			if err := os.WriteFile(path, []byte(hello+request+line), 0o600); err != nil {
				t.Fatal(err)
			}
			p := open(t, config("script", path))
			got := asked.ask(t, p)
			var ended *protocol.BreakError
			if got.Class != secret.ClassUnavailable || !errors.As(p.ready(t.Context()), &ended) || ended.Line != 2 {
				t.Errorf("%s is %s to %s", strings.TrimSpace(line), got.Class, request)
			}
			p.Kill()
		}
	}
	if broken < 20 {
		t.Errorf("there are only %d answers", broken)
	}
}

// answered is an answer as a test compares it.
type answered struct {
	Class   secret.Class
	Value   string
	Results []answered
	Cached  bool
	Infos   []secret.Info
}

func classOf(f *protocol.Failure) secret.Class {
	if f == nil {
		return secret.ClassOK
	}
	return f.Class
}

func textOf(value *protocol.Plaintext) string {
	if value == nil {
		return ""
	}
	return string(value.Bytes())
}

func answerOf(a protocol.Answer) answered {
	want := answered{Class: classOf(a.Error), Value: textOf(a.Value)}
	for _, r := range a.Results {
		want.Results = append(want.Results, answered{Class: classOf(r.Error), Value: textOf(r.Value), Cached: r.Cached})
	}
	for _, i := range a.Items {
		want.Infos = append(want.Infos, secret.Info{Name: i.Name, Description: i.Description, Created: i.Created, Updated: i.Updated})
	}
	return want
}

// ask makes the session's request by p's methods.
func (e exchange) ask(t *testing.T, p *Provider) (got answered) {
	var value secret.Value
	var results []provider.Result
	var err error
	switch ctx, r := t.Context(), e.request; r.Op {
	case protocol.OpGet:
		value, err = p.Get(ctx, ref(t, r.Ref))
	case protocol.OpPut:
		err = p.Put(ctx, ref(t, r.Ref), r.Value.Value)
	case protocol.OpDelete:
		err = p.Delete(ctx, ref(t, r.Ref))
	case protocol.OpCheck:
		err = p.Check(ctx)
	case protocol.OpGetAll:
		var refs []secret.Ref
		for _, text := range r.Refs {
			refs = append(refs, ref(t, text))
		}
		results, err = p.GetAll(ctx, refs)
	case protocol.OpList:
		for info, failed := range p.List(ctx) {
			if err = failed; err == nil {
				got.Infos = append(got.Infos, info)
			}
		}
	}
	for _, r := range results {
		got.Results = append(got.Results, answered{Class: secret.ClassOf(r.Err), Value: string(r.Value.Bytes()), Cached: r.Cached})
	}
	got.Class, got.Value = secret.ClassOf(err), string(value.Bytes())
	return got
}
