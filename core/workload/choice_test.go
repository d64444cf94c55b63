package workload

import (
	"strings"
	"testing"
)

func TestParse_ChoicesHaveDefaultsAndRefuseTheRest(t *testing.T) {
	transport, err := ParseTransport("")
	if transport != "" || err != nil || transport.HTTP() || !Transport(TransportSSE).HTTP() {
		t.Errorf("got transport %q, %v, want none", transport, err)
	}
	pull, err := ParsePullPolicy("")
	if pull != PullMissing || err != nil {
		t.Errorf("got pull %q, %v, want missing", pull, err)
	}
	restart, err := ParseRestartPolicy("")
	if restart != RestartOnFailure || err != nil {
		t.Errorf("got restart %q, %v, want on-failure", restart, err)
	}
	delivery, err := ParseDelivery("")
	if delivery != DeliveryEnv || err != nil {
		t.Errorf("got delivery %q, %v, want env", delivery, err)
	}
	for _, bad := range []string{"STDIO", "Always ", "secret-value"} {
		_, a := ParseTransport(bad)
		_, b := ParsePullPolicy(bad)
		_, c := ParseRestartPolicy(bad)
		_, d := ParseDelivery(bad)
		for _, err := range []error{a, b, c, d} {
			if err == nil || strings.Contains(err.Error(), bad) {
				t.Errorf("%q: got %v, want an error that does not repeat it", bad, err)
			}
		}
	}
}

func TestParseNetwork_ReachOfEachKind(t *testing.T) {
	for text, want := range map[string][3]bool{ // Usual, Publishes, Unreached
		"": {true, true, false}, "bridge": {true, true, false}, "default": {true, true, false}, "mine": {false, true, false},
		"host": {false, false, false}, "none": {false, false, true}, "container:none": {false, false, true}, "container:bridge": {false, false, true},
	} {
		n, err := ParseNetwork(text)
		if got := [3]bool{n.Usual(), n.Publishes(), n.Unreached()}; err != nil || got != want || n.String() != text {
			t.Errorf("%q: got %v, %q, %v, want %v", text, got, n, err, want)
		}
	}
	for _, text := range []string{"container:", "container:a:b", "a b", "a:b", "-a", "container:container:a", "a\n"} {
		if n, err := ParseNetwork(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, n)
		}
	}
}

// An engine bounds the name without its registry, and adds library/ to one without both.
func TestParseImage_LengthOfTheNameWithoutItsRegistry(t *testing.T) {
	long := strings.Repeat("a", 255)
	for _, text := range []string{long[:247], long[:100] + "/" + long[:154], "localhost/" + long, "r.example:5000/" + long + ":1", "docker.io/b/" + long[:253], "docker.io/" + long[:247]} {
		if _, err := ParseImage(text); err != nil {
			t.Errorf("%.20s..., %d bytes: got %v, want an image", text, len(text), err)
		}
	}
	for _, text := range []string{long[:248], "b/" + long[:254], "localhost/" + long + "a", "docker.io/" + long[:248], "index.docker.io/" + long[:248], "r.example:5000/" + long + "a"} {
		if got, err := ParseImage(text); err == nil {
			t.Errorf("%.20s..., %d bytes: got %+v, want an error", text, len(text), got)
		}
	}
}

func TestParseImage_Parts(t *testing.T) {
	id := strings.Repeat("0a", 32)
	for text, want := range map[string]Image{
		"a": {Repository: "a"}, "a:5000": {Repository: "a", Tag: "5000"}, "h:5000/a": {Repository: "h:5000/a"},
		"[::1]:5000/a:1@sha256:" + id: {Repository: "[::1]:5000/a", Tag: "1", Digest: "sha256:" + id},
		id:                            {ID: id}, "sha256:" + id: {ID: "sha256:" + id},
		"sha512:" + id + id: {ID: "sha512:" + id + id},
	} {
		if got, err := ParseImage(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "A", "a b", "a@md5:" + id, "a@sha256:0123", "a@sha256:" + strings.ToUpper(id), "http://a", "a:", "a@"} {
		if got, err := ParseImage(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}
