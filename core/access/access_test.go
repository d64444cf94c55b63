package access

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func full() Request {
	return Request{
		Spec: workload.Spec{
			Image: "image", Command: []string{"serve"}, User: "1000", Network: "host", Publish: []string{"80", "0.0.0.0:81:81"},
			Volumes: []string{"/a:b:/c:ro"}, EnvFiles: []string{"/x/.env"}, EnvInherit: []string{"TERM"},
			EnvVars: map[string]string{"MODE": "fast"}, Labels: map[string]string{"owner": "labelled"},
		},
		Secrets:   []Binding{{"one", "ONE"}},
		Variables: map[string]string{"MODE": "fast", "PLAIN": "1", "HTTP_PROXY": "proxy:1", "ONE": "hidden"},
	}
}

// Whatever is changed or added is missing, and nothing else.
func TestMissing_EveryChangeIsAskedAbout(t *testing.T) {
	for want, change := range map[string]func(*Request){
		"":                             func(r *Request) { r.Variables["PLAIN"] = "2"; r.Variables["OTHER"] = "3"; r.Spec.Publish[0] = "82" },
		"two":                          func(r *Request) { r.Secrets = append(r.Secrets, Binding{"two", "TWO"}) },
		"one as /file":                 func(r *Request) { r.Secrets[0].Target = "/file" },
		"network://container:x":        func(r *Request) { r.Spec.Network = "container:x" },
		"publish://[::]:81:81":         func(r *Request) { r.Spec.Publish = []string{"[::]:81:81"} },
		"volume:///a:b":                func(r *Request) { r.Spec.Volumes[0] = "/a:b:/c" },
		"volume:///a":                  func(r *Request) { r.Spec.Volumes[0] = "/a:/b:/c" }, // is /a:b to the engine as to a user
		"volume:///a:b:ro,Z,rshared":   func(r *Request) { r.Spec.Volumes[0] += ",rshared,Z" },
		"user://root":                  func(r *Request) { r.Spec.User = "root" },
		"arguments":                    func(r *Request) { r.Spec.Command = []string{"sh"} },
		"file:///y/.env":               func(r *Request) { r.Spec.EnvFiles = append(r.Spec.EnvFiles, "/y/.env") },
		"env://HOME":                   func(r *Request) { r.Spec.EnvInherit = append(r.Spec.EnvInherit, "HOME") },
		"variable://MODE":              func(r *Request) { r.Spec.EnvVars["MODE"], r.Variables["MODE"] = "slow", "slow" },
		"variable://HTTP_PROXY":        func(r *Request) { r.Variables["HTTP_PROXY"] = "evil:1" },
		"variable://OPENAI_BASE_URL":   func(r *Request) { r.Variables["OPENAI_BASE_URL"] = "evil" },
		"variable://LD_PRELOAD":        func(r *Request) { r.Variables["LD_PRELOAD"] = "/x.so" },
		"variable://API":               func(r *Request) { r.Variables["API"] = "https://evil.example" },
		"label://owner":                func(r *Request) { r.Spec.Labels["owner"] = "you" },
		"variable://all_proxy":         func(r *Request) { r.Variables["all_proxy"] = "evil" },
		"variable://AWS_ENDPOINT":      func(r *Request) { r.Variables["AWS_ENDPOINT"] = "evil" },
		"variable://NODE_OPTIONS":      func(r *Request) { r.Variables["NODE_OPTIONS"] = "--require x" },
		"file:///dir":                  func(r *Request) { r.Spec.EnvFileDir = "/dir" },
		"publish://not a port:80":      func(r *Request) { r.Spec.Publish = append(r.Spec.Publish, "not a port:80") },
		"variable://DATABASE_HOSTNAME": func(r *Request) { r.Variables["DATABASE_HOSTNAME"] = "evil" },
	} {
		granted := Keys(full().Items())
		r := full()
		change(&r)
		got := strings.Join(Names(Missing(r.Items(), granted)), " ")
		if want == "volume:///a" {
			want = "volume:///a:/b"
		}
		if got != want {
			t.Errorf("missing is %q, want %q", got, want)
		}
	}
}

func TestItems_WhatAnEnvFileTakesOverIsInherited(t *testing.T) {
	r := full()
	before := len(r.Items())
	r.Expanded = []string{"TERM", "THING"} // of which the first is inherited anyway
	items := r.Items()
	if !slices.Contains(Names(items), "env://THING") || len(items) != before+1 {
		t.Error(Names(items))
	}
}

func TestItems_HoldNoValue(t *testing.T) {
	for _, item := range full().Items() {
		for _, value := range []string{"fast", "proxy:1", "serve", "labelled", "hidden"} {
			if strings.Contains(item.Key, value) && item.Kind != Secret || strings.Contains(item.Name, value) {
				t.Errorf("%+v holds %q", item, value)
			}
		}
	}
}

func TestMissing_EarlierGrantCoversEveryTarget(t *testing.T) {
	items := Request{Secrets: []Binding{{"one", "A"}, {"one", "B"}}}.Items()
	if missing := Missing(items, []string{"one"}); len(missing) > 0 {
		t.Error(missing)
	}
	if missing := Missing(items, []string{"one,target=A"}); !slices.Equal(Names(missing), []string{"one as B"}) {
		t.Error(missing)
	}
}

func TestUngrantedError_IsDeniedAndSaysTheCommand(t *testing.T) {
	err := error(&UngrantedError{Workload: "web", Image: "evil\rhidden", Items: full().Items(), Running: true})
	for _, part := range []string{"one", "thv restart web", "--yes", `"evil\rhidden"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if !errors.Is(err, secret.ErrDenied) {
		t.Error("it is not denied")
	}
}

func TestNameOf_LeavesOutDigests(t *testing.T) {
	for _, item := range full().Items() {
		want := item.Name
		if item.Kind == Secret {
			want = "one,target=ONE"
		}
		if got := NameOf(item.Key); got != want {
			t.Errorf("%q is shown as %q", item.Key, got)
		}
	}
}

// FuzzItems proves that what consent names of a volume and a port is what is mounted
// and published.
func FuzzItems(f *testing.F) {
	for _, text := range []string{"/a:/b", "/a:b:/c:ro", "/a:/b:Z,ro", "/a:/b:ro,shared,x", "name:/x", `C:\x:/y`, "0.0.0.0:80:80", "[::1]:1:2/udp", "::ffff:127.0.0.1:1:2", "/a:/b:ro:/c", "1:2"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, volume, publish string) {
		items := Request{Spec: workload.Spec{Volumes: []string{volume}, Publish: []string{publish}}}.Items()
		names := Names(items)
		if v, err := workload.ParseVolume(volume); err == nil {
			want := "volume://" + v.Source
			if mode := v.Mode(); mode != "" {
				want += ":" + mode
			}
			if !slices.Contains(names, want) {
				t.Errorf("%q mounts %q, and %q is asked about", volume, v.Source, names)
			}
		}
		if p, err := workload.ParsePublish(publish); err == nil && !p.Address.Unmap().IsLoopback() && !slices.Contains(names, "publish://"+publish) {
			t.Errorf("%q publishes on %v unasked: %q", publish, p.Address, names)
		}
	})
}
