package protocol

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

const docs = "../../docs"

// transcripts are the providers that speak as the documents say; nil for what no
// program over Serve says.
var transcripts = map[string]func() (provider.Provider, error){
	"session.txt": func() (provider.Provider, error) { return &providertest.Memory{}, nil },
	"pages.txt":   func() (provider.Provider, error) { return &providertest.Memory{}, nil },
	"reader.txt": func() (provider.Provider, error) {
		return struct{ provider.Provider }{&providertest.Memory{}}, nil
	},
	"details.txt":       func() (provider.Provider, error) { return details{}, nil },
	"errors.txt":        func() (provider.Provider, error) { return failing(), nil },
	"older-program.txt": func() (provider.Provider, error) { return &providertest.Memory{}, nil },
	"newer-program.txt": nil,
	"fields.txt":        nil,
	"broken.txt":        nil,
	"locked.txt": func() (provider.Provider, error) {
		return nil, fmt.Errorf("%w: log in with: vault login", secret.ErrLocked)
	},
}

type later struct{ error }

func (later) RetryAfter() time.Duration { return 1500 * time.Millisecond }

func (l later) Unwrap() error { return l.error }

// failing is a provider in which a reference's name is the class of its failure.
func failing() provider.Provider {
	return &providertest.Faulty{Plan: func(call providertest.Call) providertest.Fault {
		class := secret.Class(call.Refs[0].Path())
		if class == secret.ClassTimeout {
			return providertest.Fail(context.DeadlineExceeded)
		}
		text := map[secret.Class]string{
			"not-found": "the vault team has no item of this name", "denied": "the token may not read this item",
			"locked": "log in with: vault login", "unavailable": "too many requests", "invalid-ref": "a path is ITEM/FIELD",
			"unsupported": "the token may only read", "corrupt": "the vault does not decrypt",
			"too-large": "a value here has at most 4 bytes", "conflict": "another client changed the item; try again",
		}[class]
		err := fmt.Errorf("%w: %s", failures[class], text)
		if class == secret.ClassUnavailable {
			err = later{err}
		}
		return providertest.Fail(err)
	}}
}

type details struct{}

func (details) Get(context.Context, secret.Ref) (secret.Value, error) {
	return secret.Value{}, secret.ErrNotFound
}

func (details) GetAll(context.Context, []secret.Ref) ([]provider.Result, error) {
	return []provider.Result{
		{Value: secret.NewValue([]byte("Hunter2")), Cached: true}, {Value: secret.NewValue([]byte("Hunter3"))},
		{Err: secret.ErrNotFound, Cached: true},
	}, nil
}

func (details) List(context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		_ = yield(secret.Info{
			Name: "a", Description: "Team :: Deployment :: key",
			Created: time.Date(2026, 1, 2, 16, 4, 5, 0, time.FixedZone("", 3600)), Updated: time.Date(2026, 3, 4, 5, 6, 7, 5e8, time.UTC),
		}, nil) && yield(secret.Info{Name: "memory://b"}, nil)
	}
}

// TestServe_SpeaksAsTheDocumentSays replays the host's lines of each session.
func TestServe_SpeaksAsTheDocumentSays(t *testing.T) {
	for name, open := range transcripts {
		if open == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(read(t, "provider-protocol", name), "\n")
			c := connect(t, Server{
				Name: "thv-provider-memory",
				New:  func(context.Context, Hello) (provider.Provider, error) { return open() },
			}, func(s *service) {
				if name == "pages.txt" {
					s.pageLen = 1
				}
			})
			for i, line := range lines {
				switch text, _ := strings.CutPrefix(line, "> "); {
				case strings.HasPrefix(line, "> "):
					c.say(text)
				case strings.HasPrefix(line, "< "):
					if got := c.hear(); !same(t, got, line[2:]) {
						t.Fatalf("line %d: the program answers\n%s\nand the document says\n%s", i+1, got, line[2:])
					}
				}
			}
		})
	}
}

// TestDocument_ShowsTheFilesAsTheyAre compares every block of the document with
// the file that it is from.
func TestDocument_ShowsTheFilesAsTheyAre(t *testing.T) {
	document := read(t, "provider-protocol.md")
	shown := map[string]bool{}
	for _, block := range regexp.MustCompile("(?ms)^```(\\S*) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		name := block[2]
		if block[3] != read(t, "provider-protocol", name) {
			t.Errorf("the block of %q is another text than the file", name)
		}
		shown[name] = true
	}
	files, err := os.ReadDir(filepath.Join(docs, "provider-protocol"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		_, replayed := transcripts[file.Name()]
		if !shown[file.Name()] || !replayed && filepath.Ext(file.Name()) == ".txt" {
			t.Errorf("%s is not shown, or not tested", file.Name())
		}
	}
	if len(files) != len(shown) {
		t.Errorf("%d files and %d blocks", len(files), len(shown))
	}
	for _, number := range []int{MaxLine, MaxValue, MaxMessage, MaxAnswer} {
		if text := thousands(number); !strings.Contains(document, text) {
			t.Errorf("the document does not name %s", text)
		}
	}
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(slices.Concat([]string{docs}, path)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// same reports whether two lines are the same JSON.
func same(t *testing.T, a, b string) bool {
	t.Helper()
	var first, second any
	if err := errors.Join(json.Unmarshal([]byte(a), &first), json.Unmarshal([]byte(b), &second)); err != nil {
		t.Fatalf("%v in\n%s\n%s", err, a, b)
	}
	return reflect.DeepEqual(first, second)
}

// conversation is the host's side of a session with Serve.
type conversation struct {
	t     *testing.T
	in    *io.PipeWriter
	out   *io.PipeReader
	lines *bufio.Reader // of out
	ended chan error
}

// connect starts Serve. It ends with the test.
func connect(t *testing.T, server Server, prepare func(*service)) *conversation {
	t.Helper()
	in, write := io.Pipe()
	hear, out := io.Pipe()
	c := &conversation{t: t, in: write, out: hear, lines: bufio.NewReader(hear), ended: make(chan error, 1)}
	go func() {
		c.ended <- serve(t.Context(), in, out, server, prepare)
		_ = out.Close()
	}()
	t.Cleanup(func() { _, _ = write.Close(), hear.Close() })
	return c
}

func (c *conversation) say(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *conversation) hear() string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the program says nothing more: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}
