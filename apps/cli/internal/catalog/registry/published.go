package registry

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const isRemote = "is a remote server, which runs elsewhere; thv runs container images only"

// published reads entries of the official registry of MCP servers (server.json, schema of
// 2025-12-11): each alone, or in "server" beside what the registry says of it. A server's
// name is the part behind the '/' (io.github.example/weather is weather). Its image is
// that of the first package of the type oci; a server without one, one that asks for
// options of the engine, and an entry with a mistake is among the others, since a registry
// of thousands is not given up for one entry. If two servers have one name, it is neither.
func (p *parser) published(list *node, at string) []Server {
	if list == nil {
		return nil
	}
	var servers []Server
	full := map[string][]string{}
	for i, item := range p.list(list, at) {
		one := parser{origin: p.origin, text: p.text}
		where := fmt.Sprintf("%s[%d]", at, i)
		fields := one.object(item, where)
		if inner := one.field(fields, where, "server"); inner != nil {
			where += ".server"
			fields = one.object(inner, where)
		}
		name := one.string(fields, where, "name")
		short := path.Base(name)
		if !validName(short) || slices.Contains(full[short], name) {
			continue // an older version
		}
		full[short] = append(full[short], name)
		server, reason := one.publishedServer(fields, short, where)
		if len(one.errs) > 0 {
			reason = "cannot be used: " + one.errs[0].Error()
		}
		if reason != "" {
			p.others[short] = reason
			continue
		}
		servers = append(servers, server)
	}
	return slices.DeleteFunc(servers, func(s Server) bool {
		if len(full[s.Name]) > 1 {
			p.others[s.Name] = "is the name of several servers (" + strings.Join(full[s.Name], ", ") + "); run the one you mean by its image"
		}
		return len(full[s.Name]) > 1
	})
}

// publishedServer is an entry, or the reason why thv does not run it.
func (p *parser) publishedServer(fields []field, name, at string) (Server, string) {
	s := Server{Name: name, Description: printable.Line(p.string(fields, at, "description"), maxDescription), Transport: workload.TransportStdio}
	packages := p.field(fields, at, "packages")
	if packages == nil {
		return s, isRemote
	}
	for i, n := range p.list(packages, at+".packages") {
		at := fmt.Sprintf("%s.packages[%d]", at, i)
		fields := p.object(n, at)
		if p.string(fields, at, "registryType") != "oci" {
			continue
		}
		if runtime := p.field(fields, at, "runtimeArguments"); runtime != nil && len(p.list(runtime, at+".runtimeArguments")) > 0 {
			return s, "asks for options of the container engine (runtimeArguments); run its image with those of thv run"
		}
		s.Image = p.string(fields, at, "identifier")
		if version := p.string(fields, at, "version"); version != "" && !strings.ContainsAny(path.Base(s.Image), ":@") {
			s.Image += ":" + version
		}
		p.transport(fields, at, &s)
		s.Args = p.arguments(fields, at)
		s.Requirements = p.inputs(fields, at)
		if _, err := workload.ParseImage(s.Image); err != nil {
			p.fail(n.at, at+".identifier", "is not an image reference")
		}
		return s, ""
	}
	return s, "is not a container image, but a package of another kind; thv runs container images only"
}

// transport reads how the server speaks, and at which port.
func (p *parser) transport(fields []field, at string, s *Server) {
	n := p.field(fields, at, "transport")
	if n == nil {
		return
	}
	at += ".transport"
	fields = p.object(n, at)
	if s.Transport = p.string(fields, at, "type"); !spoken(s.Transport) {
		p.fail(n.at, at+".type", "is stdio, sse or streamable-http")
	}
	if address, err := url.Parse(p.string(fields, at, "url")); err == nil {
		s.TargetPort, _ = strconv.Atoi(address.Port()) // zero if the port is a variable
	}
}

// arguments returns the arguments with fixed values. The user provides the others.
func (p *parser) arguments(fields []field, at string) []string {
	list := p.field(fields, at, "packageArguments")
	if list == nil {
		return nil
	}
	var args []string
	for i, n := range p.list(list, at+".packageArguments") {
		at := fmt.Sprintf("%s.packageArguments[%d]", at, i)
		fields := p.object(n, at)
		value := p.string(fields, at, "value")
		if strings.ContainsAny(value, "{}") {
			continue
		}
		if name := p.string(fields, at, "name"); name != "" && (value != "" || p.field(fields, at, "value") != nil) {
			args = append(args, name)
		}
		if value != "" {
			args = append(args, value)
		}
	}
	return args
}

// inputs are the variables; one with a fixed value has that as its default.
func (p *parser) inputs(fields []field, at string) []workload.Requirement {
	list := p.field(fields, at, "environmentVariables")
	if list == nil {
		return nil
	}
	var all []workload.Requirement
	for i, n := range p.list(list, at+".environmentVariables") {
		at := fmt.Sprintf("%s.environmentVariables[%d]", at, i)
		fields := p.object(n, at)
		r := workload.Requirement{
			Name:        p.string(fields, at, "name"),
			Description: printable.Line(p.string(fields, at, "description"), maxDescription),
			Required:    p.bool(fields, at, "isRequired"),
			Secret:      p.bool(fields, at, "isSecret"),
			Default:     p.string(fields, at, "default"),
		}
		if fixed := p.string(fields, at, "value"); fixed != "" && !strings.ContainsAny(fixed, "{}") {
			r.Default = fixed
		}
		if !secret.ValidContainerEnvName(r.Name) || strings.ContainsRune(r.Default, 0) ||
			slices.ContainsFunc(all, func(other workload.Requirement) bool { return other.Name == r.Name }) {
			p.fail(n.at, at+".name", "is not a variable's name, or is there a second time")
		}
		all = append(all, r)
	}
	return all
}
