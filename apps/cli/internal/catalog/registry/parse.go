package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	maxName   = 100
	maxErrors = 20
	// maxDescription is what is shown of a description, in bytes.
	maxDescription = 1 << 10
)

// Parse reads a registry: JSON of one of the forms
//
//	{"servers": {"NAME": {"image": "…", "env_vars": […], …}}, "remote_servers": {…}, "groups": [{…}]}
//	{"data": {"servers": [{"name": "io.example/NAME", "packages": […], …}]}}
//	{"servers": [{"server": {"name": "io.example/NAME", …}, …}]}
//
// The second and third hold entries of the official registry of MCP servers,
// as a file and as its API returns them; see [parser.published].
//
// Fields that it does not know are passed over. What it cannot use is a usage
// error that names origin, line, column and the field's path for each mistake,
// and repeats no value.
func Parse(origin string, text []byte) (*Registry, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(text) > MaxSize {
		return nil, secret.Usagef("%s: larger than %d MiB", origin, MaxSize>>20)
	}
	root, err := readTree(text)
	if err != nil {
		return nil, secret.Usagef("%s:%s: this is not JSON", origin, syntaxPosition(text, err))
	}
	p := parser{origin: origin, text: text, others: map[string]string{}}
	r := &Registry{Origin: origin, servers: p.registry(root), others: p.others}
	if len(p.errs) > 0 {
		return nil, &secret.UsageError{Err: errors.Join(p.errs...)}
	}
	slices.SortFunc(r.servers, func(a, b Server) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

type parser struct {
	origin string
	text   []byte
	errs   []error
	others map[string]string
}

// registry reads any of the forms.
func (p *parser) registry(root *node) []Server {
	top := p.object(root, "the registry")
	if data := p.field(top, "", "data"); data != nil {
		return p.published(p.field(p.object(data, "data"), "data", "servers"), "data.servers")
	}
	if list := p.field(top, "", "servers"); list != nil && list.value == json.Delim('[') {
		return p.published(list, "servers")
	}
	servers := p.servers(root, top, "")
	if groups := p.field(top, "", "groups"); groups != nil {
		for i, group := range p.list(groups, "groups") {
			path := fmt.Sprintf("groups[%d]", i)
			servers = append(servers, p.servers(group, p.object(group, path), path+".")...)
		}
	}
	return p.once(servers)
}

// once refuses a name that two groups have.
func (p *parser) once(servers []Server) []Server {
	seen := map[string]bool{}
	for _, s := range servers {
		if seen[s.Name] {
			p.fail(0, "groups", "two of them have a server of the name %s", s.Name)
		}
		seen[s.Name] = true
	}
	return servers
}

// fail notes a mistake at an offset; path is the field's.
func (p *parser) fail(at int64, path, format string, args ...any) {
	if len(p.errs) < maxErrors {
		p.errs = append(p.errs, fmt.Errorf("%s:%s: %s: %s", p.origin, position(p.text, at), path, fmt.Sprintf(format, args...)))
	}
}

// servers reads those of the registry, or of a group of it, and notes the remote ones.
func (p *parser) servers(root *node, entries []field, prefix string) []Server {
	remote := p.field(entries, prefix, "remote_servers")
	if remote != nil {
		for _, f := range p.object(remote, prefix+"remote_servers") {
			p.others[f.name] = isRemote
		}
	}
	all := p.field(entries, prefix, "servers")
	if all == nil {
		if len(p.errs) == 0 && remote == nil && p.field(entries, prefix, "groups") == nil {
			p.fail(root.at, prefix+"servers", "is missing")
		}
		return nil
	}
	var servers []Server
	seen := map[string]bool{}
	for _, f := range p.object(all, prefix+"servers") {
		path := prefix + "servers." + strconv.Quote(f.name)
		if validName(f.name) {
			path = prefix + "servers." + f.name
		} else {
			p.fail(f.at, path, "a server's name is a letter or digit and then letters, digits, '.', '_' or '-', at most %d", maxName)
		}
		if seen[f.name] {
			p.fail(f.at, path, "is there a second time")
		}
		seen[f.name] = true
		servers = append(servers, p.server(f.value, f.name, path))
	}
	return servers
}

func (p *parser) server(n *node, name, path string) Server {
	fields := p.object(n, path)
	s := Server{
		Name:         name,
		Description:  printable.Line(p.string(fields, path, "description"), maxDescription),
		Image:        p.string(fields, path, "image"),
		Args:         p.strings(fields, path, "args"),
		Transport:    p.string(fields, path, "transport"),
		TargetPort:   p.port(fields, path, "target_port"),
		Requirements: p.requirements(fields, path),
		Tools:        p.strings(fields, path, "tools"),
		Tags:         p.strings(fields, path, "tags"),
	}
	if s.Image == "" || strings.HasPrefix(s.Image, "-") || strings.ContainsFunc(s.Image, notGraphic) {
		p.fail(n.at, path+".image", "is missing, or names no image")
	}
	if s.Transport == "" {
		s.Transport = workload.TransportStdio
	}
	if !spoken(s.Transport) {
		p.fail(n.at, path+".transport", "is stdio, sse or streamable-http")
	}
	return s
}

func (p *parser) requirements(fields []field, path string) []workload.Requirement {
	list := p.field(fields, path, "env_vars")
	if list == nil {
		return nil
	}
	var requirements []workload.Requirement
	seen := map[string]bool{}
	for i, n := range p.list(list, path+".env_vars") {
		path := fmt.Sprintf("%s.env_vars[%d]", path, i)
		fields := p.object(n, path)
		r := workload.Requirement{
			Name:        p.string(fields, path, "name"),
			Description: printable.Line(p.string(fields, path, "description"), maxDescription),
			Required:    p.bool(fields, path, "required"),
			Default:     p.string(fields, path, "default"),
			Secret:      p.bool(fields, path, "secret"),
		}
		if !secret.ValidContainerEnvName(r.Name) {
			p.fail(n.at, path+".name", "is a variable's name (printable ASCII without blanks, quotes and any of = , $ / \\)")
		}
		if seen[r.Name] {
			p.fail(n.at, path+".name", "is there a second time")
		}
		if strings.ContainsRune(r.Default, 0) {
			p.fail(n.at, path+".default", "holds a NUL, which no environment does")
		}
		seen[r.Name] = true
		requirements = append(requirements, r)
	}
	return requirements
}

// field returns the field name; nil if it is missing or null.
func (p *parser) field(fields []field, path, name string) *node {
	var found *node
	for _, f := range fields {
		if f.name != name {
			continue
		}
		if found != nil {
			p.fail(f.at, join(path, name), "is there a second time")
		}
		found = f.value
	}
	if found == nil || found.value == nil {
		return nil
	}
	return found
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

func (p *parser) mistyped(n *node, path, want string) {
	p.fail(n.at, path, "%s does not go here, %s does", n.kind(), want)
}

func (p *parser) object(n *node, path string) []field {
	if n.value != json.Delim('{') {
		p.mistyped(n, path, "an object")
	}
	return n.fields
}

func (p *parser) list(n *node, path string) []*node {
	if n.value != json.Delim('[') {
		p.mistyped(n, path, "a list")
	}
	return n.items
}

func (p *parser) string(fields []field, path, name string) string {
	n := p.field(fields, path, name)
	if n == nil {
		return ""
	}
	text, ok := n.value.(string)
	if !ok {
		p.mistyped(n, path+"."+name, "a text")
	}
	return text
}

func (p *parser) strings(fields []field, path, name string) []string {
	n := p.field(fields, path, name)
	if n == nil {
		return nil
	}
	var texts []string
	for i, item := range p.list(n, path+"."+name) {
		text, ok := item.value.(string)
		if !ok {
			p.mistyped(item, fmt.Sprintf("%s.%s[%d]", path, name, i), "a text")
		}
		texts = append(texts, text)
	}
	return texts
}

func (p *parser) bool(fields []field, path, name string) bool {
	n := p.field(fields, path, name)
	if n == nil {
		return false
	}
	truth, ok := n.value.(bool)
	if !ok {
		p.mistyped(n, path+"."+name, "true or false")
	}
	return truth
}

func (p *parser) port(fields []field, path, name string) int {
	n := p.field(fields, path, name)
	if n == nil {
		return 0
	}
	number, ok := n.value.(json.Number)
	if !ok {
		p.mistyped(n, path+"."+name, "a number")
		return 0
	}
	port, err := strconv.Atoi(number.String())
	if err != nil || port < 0 || port > 65535 {
		p.fail(n.at, path+"."+name, "is a port's number, 1 to 65535")
	}
	return port
}

func validName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

func notGraphic(c rune) bool { return c == ' ' || !unicode.IsGraphic(c) }

// spoken reports whether transport is one that a server can have.
func spoken(transport string) bool {
	parsed, err := workload.ParseTransport(transport)
	return err == nil && parsed != ""
}
