package exec

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// programs are what this test's binary can be. None is told apart from a real
// program by anything but how it behaves.
var programs map[string]func(*peer)

func init() { // which refers to functions that refer to it
	programs = map[string]func(*peer){
		"memory": memory,
		"reader": reader,
		"script": func(p *peer) { script(p, os.Args[1]) },
		"host":   host,
		"child":  func(*peer) { hang() },

		"leaks": leaks,

		"errors": failing,
		"out of order": func(p *peer) {
			p.hello()
			a, b := p.next(), p.next()
			p.answer(b.ID, b.Ref)
			p.answer(a.ID, a.Ref)
			p.echo()
		},
		"hangs in a call":  slow,
		"gives up":         once(`{"id":%d,"error":{"class":"timeout","message":"the vault is slow"}}`),
		"gives up on one":  once(`{"id":%d,"results":[{"value":"YQ=="},{"error":{"class":"timeout"}}]}`),
		"answers late":     late,
		"prints late":      func(p *peer) { fmt.Fprintln(os.Stderr, "it will be Hunter2-late"); late(p) },
		"never reads":      func(p *peer) { p.hello(); hang() },
		"ignores its end":  func(p *peer) { p.hello(); p.answer(p.next().ID, fmt.Sprint(os.Getpid())); hang() },
		"prints":           prints,
		"prints and ends":  func(p *peer) { p.hello(); p.next(); fmt.Fprintln(os.Stderr, "it is Hunter2"); os.Exit(1) },
		"prints, no hello": func(*peer) { fmt.Fprintln(os.Stderr, "no configuration"); os.Exit(1) },
		"floods":           func(p *peer) { p.hello(); r := p.next(); flood(); p.answer(r.ID, r.Ref); p.echo() },
		"surroundings":     surroundings,
		"cached":           once(`{"id":%d,"results":[{"value":"YQ==","cached":true},{"value":"YQ=="}],"more":true}` + "\n" + `{"id":%d,"results":[{"error":{"class":"not-found"},"cached":true}]}`),
		"odd names":        func(p *peer) { p.hello(); p.say(`{"id":%d,"items":[%s]}`, p.next().ID, oddItems); p.echo() },
	}
	maps.Copy(programs, brokenPrograms())
	addUnixPrograms()
}

// brokenPrograms break the protocol.
func brokenPrograms() map[string]func(*peer) {
	return map[string]func(*peer){
		"exits at once":     func(*peer) { os.Exit(3) },
		"hangs at hello":    func(*peer) { hang() },
		"refuses hello":     func(p *peer) { p.say(`{"id":%d,"error":{"class":"locked","message":"Log in first"}}`, p.next().ID) },
		"another version":   func(p *peer) { p.say(`{"id":%d,"version":2}`, p.next().ID) },
		"no version":        func(p *peer) { p.say(`{"id":%d}`, p.next().ID) },
		"ends in a call":    func(p *peer) { p.hello(); p.next(); os.Exit(4) },
		"ends in a line":    func(p *peer) { p.hello(); fmt.Printf(`{"id":%d,"value":"SHVudGVy`, p.next().ID) },
		"endless line":      func(p *peer) { p.hello(); p.next(); endless("Hunter2") },
		"endless answers":   func(p *peer) { p.hello(); p.next(); endless(`{"id":77,"value":"SHVudGVyMg=="}` + "\n") },
		"endless pages":     func(p *peer) { p.hello(); endless(fmt.Sprintf(`{"id":%d,"items":[],"more":true}`+"\n", p.next().ID)) },
		"endless list":      func(p *peer) { p.hello(); endlessList(p.next().ID) },
		"unknown id":        once(`{"id":77,"value":"SHVudGVyMg=="}`),
		"no id":             once(`{"value":"SHVudGVyMg=="}`),
		"twice":             once(`{"id":%d,"value":"SHVudGVyMg=="}` + "\n" + `{"id":%d,"value":"SHVudGVyMg=="}`),
		"malformed":         once(`{"id":%d,"value":"SHVudGVyMg=="`),
		"no JSON":           once("Hunter2"),
		"array":             once(`[{"id":%d,"value":"SHVudGVyMg=="}]`),
		"no UTF-8":          once(`{"id":%d,"value":"SHVudGVyMg==","x":"` + "\xff" + `"}`),
		"value and error":   once(`{"id":%d,"value":"SHVudGVyMg==","error":{"class":"denied"}}`),
		"neither":           once(`{"id":%d}`),
		"bad base64":        once(`{"id":%d,"value":"Hunter2!"}`),
		"no padding":        once(`{"id":%d,"value":"SHVudGVyMg"}`),
		"another's answer":  once(`{"id":%d,"items":[]}`),
		"fewer results":     once(`{"id":%d,"results":[{"value":"SHVudGVyMg=="}]}`),
		"more results":      once(`{"id":%d,"results":[{"value":"YQ=="},{"value":"YQ=="},{"value":"SHVudGVyMg=="}]}`),
		"result of nothing": once(`{"id":%d,"results":[{"value":"YQ=="},{}]}`),
		"closes its output": func(p *peer) { p.hello(); p.next(); _ = os.Stdout.Close(); hang() },
	}
}

// memory serves what the conformance suite asks for. A file named break or hang
// in its folder makes it do so.
func memory(*peer) {
	folder := os.Args[1]
	store := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault {
		if _, err := os.Stat(filepath.Join(folder, "break")); err == nil {
			return providertest.Fail(fmt.Errorf("%w: it is broken", secret.ErrUnavailable))
		}
		if _, err := os.Stat(filepath.Join(folder, "hang")); err == nil {
			return providertest.Delay(time.Hour)
		}
		return nil
	}}
	serve(store)
}

// reader serves a provider that can do nothing but read.
func reader(*peer) { serve(struct{ provider.Provider }{&providertest.Memory{}}) }

func serve(p provider.Provider) {
	err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, protocol.Server{
		Name: "memory", New: func(context.Context, protocol.Hello) (provider.Provider, error) { return p, nil },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func slow(p *peer) {
	p.hello()
	for {
		if r := p.next(); r.Ref != "hang" {
			p.answer(r.ID, r.Ref)
		}
	}
}

// late answers the first request after the second.
func late(p *peer) {
	p.hello()
	first := p.next()
	second := p.next()
	p.answer(first.ID, "Hunter2-late")
	p.answer(second.ID, second.Ref)
	p.echo()
}

func prints(p *peer) {
	p.hello()
	for n := 1; ; n++ {
		r := p.next()
		value := fmt.Sprintf("Hunter2-%s-%d", r.Ref, n)
		if r.Value != nil {
			value = string(r.Value.Bytes())
		}
		fmt.Fprintf(os.Stderr, "before: %s\nin parts: %s", value, value[:4])
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a line that comes in two parts
		fmt.Fprintln(os.Stderr, value[4:])
		switch r.Op {
		case protocol.OpPut:
			p.say(`{"id":%d,"error":{"class":"denied","message":"it must not be %s"}}`, r.ID, value)
		default:
			p.answer(r.ID, value)
		}
		fmt.Fprintf(os.Stderr, "after: %s\n", value)
	}
}

func flood() {
	for range 200 {
		fmt.Fprintln(os.Stderr, strings.Repeat("flood ", 1<<10))
	}
}

func endlessList(id int64) {
	item := fmt.Sprintf(`{"name":"a","description":"%s"}`, strings.Repeat("x", 1<<20))
	endless(fmt.Sprintf(`{"id":%d,"items":[%s],"more":true}`+"\n", id, item))
}

// leaks tells its environment wherever a program can say something.
func leaks(p *peer) {
	env := strings.Join(os.Environ(), " ")
	p.say(`{"id":%d,"version":1,"name":%q}`, p.next().ID, os.Getenv("vault_token"))
	for {
		r := p.next()
		fmt.Fprintln(os.Stderr, env)
		p.say(`{"id":%d,"error":{"class":"denied","message":%q}}`, r.ID, env)
	}
}

// failing answers two values first, then the error that the reference names.
func failing(p *peer) {
	p.hello()
	p.answer(p.next().ID, "Hunter2")
	p.answer(p.next().ID, "Hunter3 of two words")
	for {
		r := p.next()
		p.say(`{"id":%d,"error":{"class":%q,"message":"The \u001b[31mbackend\u001b[0m said:\r\n\u202eHunter2, Hunter3 of\u0000two\nwords %s","retry_after_ms":1500}}`,
			r.ID, r.Ref, strings.Repeat("x", 4096))
	}
}

const oddItems = `{"name":"a","description":"two\nlines\u001b[2J","created":"2026-01-02T03:04:05Z"},{"name":"memory://b"},{"name":"other://c"},` +
	`{"name":" d"},{"name":"e\u001b[2J"},{"name":""},{"name":"__thv_scope_f"}`

// surroundings answers what the program finds around it.
func surroundings(p *peer) {
	p.hello()
	for {
		r, found := p.next(), []string(nil)
		switch r.Ref {
		case "environment":
			found = os.Environ()
		case "folder":
			folder, _ := os.Getwd()
			found = []string{folder}
		case "arguments":
			found = os.Args
		case "descriptors":
			entries, _ := os.ReadDir("/proc/self/fd")
			for _, entry := range entries {
				target, _ := os.Readlink("/proc/self/fd/" + entry.Name())
				found = append(found, target)
			}
		case "group":
			found = []string{fmt.Sprint(os.Getpid(), " ", processGroup())}
		}
		p.answer(r.ID, strings.Join(found, "\n"))
	}
}

// host opens a provider, tells its program's process id and waits to be killed.
func host(*peer) {
	c := config("ignores its end")
	c.Command = []string{os.Args[0]}
	p, err := Open(context.Background(), c)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	own, err := secret.ParseRef("pid")
	if err != nil {
		os.Exit(1)
	}
	value, err := p.Get(context.Background(), own)
	fmt.Println(string(value.Bytes()), err)
	hang()
}
