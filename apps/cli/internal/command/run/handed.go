package run

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/command/inject"
	"github.com/thv-secrets/thv/core/workload"
)

// handed names all that the workload gets of this user's and this machine's, each
// once: secrets first, then what the container reaches beyond itself (networks,
// addresses that are not loopback, volumes), then env files and inherited variables.
func (p plan) handed(subjects []inject.Subject) []string { return Handed(p.spec, subjects) }

// Handed is what a workload of spec with subjects gets, as for a run.
func Handed(spec workload.Spec, subjects []inject.Subject) []string {
	var names []string
	for _, s := range subjects {
		names = append(names, s.Ref.String())
	}
	slices.Sort(names)
	names = append(names, reached(spec)...)
	for _, path := range spec.EnvFiles {
		names = append(names, "file://"+path)
	}
	if spec.EnvFileDir != "" {
		names = append(names, "file://"+spec.EnvFileDir)
	}
	for _, name := range spec.EnvInherit {
		names = append(names, "env://"+name)
	}
	return once(names)
}

// reached are network://NAME, publish://ADDRESS:PORT and volume://SOURCE. A network
// of a name has this user's other containers in it, and a volume of a name their
// data. One that is mounted to be read only is another than one that is not.
func reached(spec workload.Spec) []string {
	var names []string
	if !slices.Contains([]string{"", "none", "bridge", "default"}, spec.Network) {
		names = append(names, "network://"+spec.Network)
	}
	for _, publish := range spec.Publish {
		if !onLoopback(publish) {
			names = append(names, "publish://"+publish)
		}
	}
	for _, volume := range spec.Volumes {
		source, target, _ := cutVolume(volume)
		if _, mode, _ := strings.Cut(target, ":"); mode == "ro" {
			source += ":ro"
		}
		names = append(names, "volume://"+source)
	}
	return names
}

// onLoopback reports whether a published port, [[ADDRESS:]HOSTPORT:]PORT[/PROTOCOL],
// answers this machine only, as one without an address does.
func onLoopback(publish string) bool {
	before := publish[:max(0, strings.LastIndex(publish, ":"))]
	address, _, found := cutLast(before)
	if !found {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil && ip.IsLoopback()
}

func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndex(text, ":")
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// once leaves the first of those that are the same.
func once(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(name string) bool {
		was := seen[name]
		seen[name] = true
		return was
	})
}

const (
	// maxListed and maxShown, in bytes, have a question fit on a screen.
	maxListed = 10
	maxShown  = 100
)

// listed are the first of names, and how many more there are, of what.
func listed(names []string) string {
	var parts []string
	for _, name := range names[:min(len(names), maxListed)] {
		parts = append(parts, shortened(shown(name)))
	}
	text := strings.Join(parts, ", ")
	if len(names) <= maxListed {
		return text
	}
	return text + fmt.Sprintf(" and %d more (%s; --dry-run lists all)", len(names)-maxListed, kinds(names[maxListed:]))
}

// kinds counts names by what they are, so that no mass of one hides another.
func kinds(names []string) string {
	counts := map[string]int{}
	for _, name := range names {
		scheme, _, found := strings.Cut(name, "://")
		if !found || !slices.Contains([]string{"network", "publish", "volume", "file", "env"}, scheme) {
			scheme = "secret"
		}
		counts[scheme]++
	}
	var parts []string
	for _, kind := range []struct{ scheme, what string }{
		{"secret", "secrets"}, {"network", "networks"}, {"publish", "addresses"}, {"volume", "volumes"}, {"file", "env files"}, {"env", "variables"},
	} {
		if n := counts[kind.scheme]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", kind.what, n))
		}
	}
	return strings.Join(parts, ", ")
}

// shortened leaves out the middle of a text that would fill the screen.
func shortened(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown/2], "") + "…" + strings.ToValidUTF8(text[len(text)-maxShown/2:], "")
}
