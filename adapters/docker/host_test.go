package docker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestNew_FirstHostWhoseSocketExistsIsUsed(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		hosts []string
		want  string
	}{
		"second":    {[]string{"unix://" + dir + "/absent", "unix://" + there, "tcp://127.0.0.1:1"}, "unix://" + there},
		"no file":   {[]string{"unix://" + dir + "/absent", "tcp://127.0.0.1:1", "unix://" + there}, "tcp://127.0.0.1:1"},
		"none":      {[]string{"unix://" + dir + "/a", "unix://" + dir + "/b"}, "unix://" + dir + "/a"},
		"tcp alone": {[]string{"tcp://127.0.0.1:1"}, "tcp://127.0.0.1:1"},
	}
	for name, test := range tests {
		r, err := New(Config{Hosts: test.hosts})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Host() != test.want {
			t.Errorf("%s: %s", name, r.Host())
		}
	}
}

func TestNew_HostThatCannotBeUsedIsAnError(t *testing.T) {
	for host, want := range map[string]error{
		"": workload.ErrInvalidSpec, "nonsense": workload.ErrInvalidSpec, "unix://": workload.ErrInvalidSpec, "tcp://a b": workload.ErrInvalidSpec,
		"ssh://user@host": secret.ErrUnsupported, "ftp://host": secret.ErrUnsupported,
	} {
		if _, err := New(Config{Hosts: []string{host}}); !errors.Is(err, want) {
			t.Errorf("%q: %v", host, err)
		}
	}
	_, err := New(Config{Hosts: []string{"ssh://user@host"}})
	if err == nil || !strings.Contains(err.Error(), "ssh -nNT -L") {
		t.Error(err)
	}
}

func TestNew_MissingCertificatesAreAnError(t *testing.T) {
	_, err := New(Config{Hosts: []string{"tcp://127.0.0.1:1"}, CertPath: t.TempDir(), TLSVerify: true})
	if !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "DOCKER_CERT_PATH") {
		t.Error(err)
	}
}
