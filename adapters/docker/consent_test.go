package docker

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/distribution/reference"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/workload"
)

// keys returns what consent names of kind for s.
func keys(s workload.Spec, kind access.Kind) []string {
	var names []string
	for _, item := range (access.Request{Spec: s}).Items() {
		if item.Kind == kind {
			names = append(names, strings.TrimPrefix(item.Name, string(kind)+"://"))
		}
	}
	return names
}

// asked returns SOURCE:TARGET[:OPTION,…] of the only mount that the engine is asked for.
func asked(t *testing.T, p plan) string {
	t.Helper()
	if len(p.host.Binds)+len(p.host.Mounts) != 1 {
		t.Fatalf("got %d binds and %d mounts, want one", len(p.host.Binds), len(p.host.Mounts))
	}
	if len(p.host.Binds) == 1 {
		return p.host.Binds[0]
	}
	m := p.host.Mounts[0]
	v := workload.Volume{ReadOnly: m.ReadOnly, Consistency: string(m.Consistency)}
	if m.BindOptions != nil {
		v.Propagation = string(m.BindOptions.Propagation)
	}
	text := m.Source + ":" + m.Target
	if mode := v.Mode(); mode != "" {
		text += ":" + mode
	}
	return text
}

func FuzzConsent_NamesTheVolumeThatIsMounted(f *testing.F) {
	for _, text := range []string{"/a:/b", "/a:b:/c", "/a:b:/c:ro", "n1:/b:nocopy", `C:\x:/b`, "/a:/b:ro,Z", "/a:/b:z,rslave", "/a:/b/../c", "/a/../b:/c", "/a:/b:/c:z", "/a:/b:rslave", "/a:/b:cached", "/a:/b:ro"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := workload.Spec{Image: "a", Volumes: []string{text}}
		p, err := newPlan(s, discard)
		if err != nil {
			return
		}
		v, err := workload.ParseVolume(text)
		if err != nil {
			t.Fatalf("%q: got a plan, want %v", text, err)
		}
		// Consent cleans the host path, which names the same directory.
		got := filepath.Clean(v.Source) + strings.TrimPrefix(asked(t, p), v.Source)
		if want := keys(s, access.Volume); !slices.Equal([]string{got}, want) {
			t.Errorf("%q: the engine is given %q, and consent names %q", text, got, want)
		}
	})
}

func FuzzConsent_NamesThePortThatIsPublished(f *testing.F) {
	for _, text := range []string{"80", "8080:80", "0.0.0.0:1:2/udp", "[::]:1:2", "127.1.2.3:1:2", "[::1]:1:2", "::ffff:127.0.0.1:1:2", "[::ffff:1.2.3.4]:1:2", "[fe80::1%eth0]:1:2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := workload.Spec{Image: "a", Publish: []string{text}}
		p, err := newPlan(s, discard)
		if err != nil {
			return
		}
		read, err := workload.ParsePublish(text)
		if err != nil || len(p.host.PortBindings) != 1 {
			t.Fatalf("%q: got %v, want what is read, %v", text, p.host.PortBindings, err)
		}
		for port, bindings := range p.host.PortBindings {
			if port.Int() != read.Port || port.Proto() != read.Protocol || len(bindings) != 1 || bindings[0].HostIP != read.Address.String() {
				t.Errorf("%q: got %v %v, want %+v", text, port, bindings, read)
			}
		}
		var want []string
		if !read.OnLoopback() {
			want = []string{text}
		}
		if got := keys(s, access.Publish); !slices.Equal(got, want) {
			t.Errorf("%q: consent names %q, want %q", text, got, want)
		}
	})
}

func FuzzConsent_NamesTheNetworkThatIsJoined(f *testing.F) {
	for _, text := range []string{"", "host", "none", "bridge", "default", "mine", "container:a", "container:host", "container:container:a", "a:b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := workload.Spec{Image: "a", Network: text}
		p, err := newPlan(s, discard)
		if err != nil {
			return
		}
		mode, want := p.host.NetworkMode, []string{string(p.host.NetworkMode)}
		switch {
		case mode.IsNone():
			want = nil
		case mode == "", mode.IsDefault(), mode.IsBridge():
			want = []string{"default"}
		}
		if got := keys(s, access.Network); !slices.Equal(got, want) {
			t.Errorf("%q: consent names %q, and the engine is given %q", text, got, mode)
		}
		if n, err := workload.ParseNetwork(text); err != nil || mode.IsContainer() != (n.Container != "") || mode.IsHost() != (n.Name == "host") {
			t.Errorf("%q: got %+v, %v, want what the engine reads: %q", text, n, err, mode)
		}
	})
}

// The engine's own library splits an image that workload.ParseImage takes in the same
// places. An image that only one of them takes is never sent.
func FuzzConsent_NamesTheImageThatIsRun(f *testing.F) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, text := range []string{"a", "a:1", "a:5000", "h:5000/a", "[::1]:5/a:1", "Foo/a", "foo/a@" + digest, "a:1@" + digest, digest, strings.Repeat("0a", 32),
		"sha512:" + strings.Repeat("0a", 64), "docker.io/a", "index.docker.io/a", "localhost/a", "a__b/c-d", strings.Repeat("a", 247), strings.Repeat("a", 248), "A",
		"docker.io/" + strings.Repeat("a", 247), "docker.io/" + strings.Repeat("a", 248), "h:1/" + strings.Repeat("a", 255), "h:1/" + strings.Repeat("a", 256),
		"index.docker.io/" + strings.Repeat("a", 248), "b/" + strings.Repeat("a", 253), "b/" + strings.Repeat("a", 254), "a@md5:" + strings.Repeat("0a", 16)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		image, err := workload.ParseImage(text)
		p, planErr := newPlan(workload.Spec{Image: text}, discard)
		if err != nil || planErr != nil {
			if err == nil || planErr == nil {
				t.Errorf("%q: got %v, want what the plan says, %v", text, err, planErr)
			}
			return
		}
		if p.config.Image != image.String() {
			t.Errorf("%q: the engine is given %q, and %q was read", text, p.config.Image, image)
		}
		named, ok := p.image.(reference.Named)
		if ok != (image.ID == "") {
			t.Fatalf("%q: got %+v, and the engine reads %v", text, image, p.image)
		}
		if !ok {
			return
		}
		same, err := reference.ParseNormalizedNamed(image.Repository)
		tagged, _ := p.image.(reference.Tagged)
		digested, _ := p.image.(reference.Digested)
		if err != nil || same.Name() != named.Name() || tagged != nil && tagged.Tag() != image.Tag || digested != nil && digested.Digest().String() != image.Digest ||
			(tagged == nil) != (image.Tag == "") || (digested == nil) != (image.Digest == "") {
			t.Errorf("%q: got %+v, and the engine reads %v, %v", text, image, p.image, err)
		}
	})
}
